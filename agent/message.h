/* SPDX-License-Identifier: MIT
 * What a container runtime says of a container whose profile has a `listenerPath`: the OCI runtime specification's
 * "container process state", JSON. runc writes it without blanks, crun indented. */
#ifndef AGENT_MESSAGE_H
#define AGENT_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

#include "policy/policy.h"

enum {
	AGENT_MESSAGE_MOST = 64 * 1024, /* bytes of a state; runtimes send 1 to 4 KiB */
	AGENT_NAME_SIZE = 128,          /* of names in struct agent_message, with their null byte */
	AGENT_DESCRIPTORS_MOST = 8,     /* that come with a state; runtimes send one */
};

/*
 * Strings are shortened to their room, and what isn't printable ASCII in them is a '?': they are shown to
 * operators, and are an image's or a user's to choose.
 */
struct agent_message {
	char container[AGENT_NAME_SIZE]; /* state.id */
	char metadata[AGENT_NAME_SIZE];  /* the profile's listenerMetadata, the operator's words; "" if there is none */
	pid_t pid;                       /* of the container's first process, or of exec's, for a message alone */
	unsigned descriptors;            /* how many "fds" names */
	int listener;                    /* which of them is "seccompFd", from 0 */
};

/*
 * Reads a state of `length` bytes. 0; or -EINVAL, with *error filled: it isn't JSON, lacks "fds" with "seccompFd" or
 * "state" with "id", or names more than AGENT_DESCRIPTORS_MOST descriptors.
 */
int agent_message_read(struct agent_message *message, const char *text, size_t length,
		       struct socketcall_policy_error *error);

/* Replaces each character of the text that isn't printable ASCII by a '?'. */
void agent_make_printable(char *text);

#endif

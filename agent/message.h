/* SPDX-License-Identifier: MIT
 * Reads the state that a container runtime sends with a listener (`listenerPath` of the profile): the "container
 * process state" of the OCI runtime specification, which is JSON. runc writes it without blanks, crun indented. */
#ifndef AGENT_MESSAGE_H
#define AGENT_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

#include "policy/policy.h"

enum {
	AGENT_MESSAGE_MOST = 64 * 1024, /* bytes of a state; runtimes send 1 to 4 KiB */
	AGENT_NAME_SIZE = 128,          /* bytes of a name in struct agent_message, with its null byte */
	AGENT_DESCRIPTORS_MOST = 8,     /* descriptors with a state; runtimes send one */
};

/*
 * What the agent reads of a state. Strings are shortened to AGENT_NAME_SIZE, and each byte that isn't printable ASCII
 * is replaced by '?', because an image or a user may have chosen them, and operators see them on their terminals.
 */
struct agent_message {
	char container[AGENT_NAME_SIZE]; /* state.id */
	char metadata[AGENT_NAME_SIZE];  /* listenerMetadata, which the profile's author wrote; "" if there is none */
	pid_t pid;                       /* of the container's first process or, for `exec`, of the new one. Not used */
	unsigned descriptors;            /* the number of names in "fds" */
	int listener;                    /* the index of "seccompFd" among these names */
};

/*
 * Reads a state of `length` bytes. Returns 0; or -EINVAL, with *error filled: the text isn't JSON, lacks "fds" with
 * "seccompFd" or "state" with "id", or names more than AGENT_DESCRIPTORS_MOST descriptors.
 */
int agent_message_read(struct agent_message *message, const char *text, size_t length,
		       struct socketcall_policy_error *error);

/* Replaces each byte of the text that isn't printable ASCII by '?'. */
void agent_make_printable(char *text);

#endif

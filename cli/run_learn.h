/* SPDX-License-Identifier: MIT
 * `run --learn`: which sockets a tree asked for, as the argument of --families that allows these and no others. */
#ifndef CLI_RUN_LEARN_H
#define CLI_RUN_LEARN_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	RUN_LEARN_SOCKETS = 128,  /* items of the list: any 128 of them fit into one filter */
	RUN_LEARN_PROGRAMS = 128, /* programs that are named */
	RUN_LEARN_NAME = 512,     /* bytes of a program's path, which is cut there, and its null character */
};

/* What was seen. */
struct run_learned {
	unsigned socket_count, program_count;
	struct run_learned_socket {
		/*
		 * These describe the socket that the kernel creates: the family into which the named one is converted,
		 * and the default protocol instead of 0. Type 0 stands for the whole family, of which there were too
		 * many different sockets for the list.
		 */
		uint32_t family, type, protocol;
		bool any_protocol; /* `protocol` means nothing: the item allows each protocol */
	} sockets[RUN_LEARN_SOCKETS];
	char programs[RUN_LEARN_PROGRAMS][RUN_LEARN_NAME]; /* those whose multiplexed calls couldn't be turned */
	bool more_programs;                                /* there were more of them than RUN_LEARN_PROGRAMS */
};

/*
 * The current list and room for the next one, in shared memory, so that a server that replaces a killed one continues
 * the list. The next list is made in the element that isn't current, and written to the file before it becomes current.
 * A server that is killed before that hasn't answered its call. So its replacement receives the call, too, and adds the
 * socket to the current list, which is complete.
 */
struct run_learned_twice {
	struct run_learned states[2];
	unsigned current; /* index in states */
};

struct run_learn {
	int fd;
	struct run_learned_twice *learned;
};

/*
 * Creates or empties the file, and writes an empty list. From then on the file has what was seen so far, except after a
 * server was killed while it wrote: then until the server's replacement has served the same call. If the disk has no
 * room for a list, the file keeps the last one that had room. Returns 0, or -errno; -EINVAL if it isn't a regular file,
 * because other files can't be overwritten.
 */
int run_learn_open(struct run_learn *learn, const char *name);

/* Adds the socket of a call of socket or socketpair to the list. */
void run_learn_socket(struct run_learn *learn, const struct seccomp_data *call);

/* Notes that the program with this path makes multiplexed calls which can't be turned. */
void run_learn_program(struct run_learn *learn, const char *program);

#endif

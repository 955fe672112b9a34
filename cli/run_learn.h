/* SPDX-License-Identifier: MIT
 * `run --learn`: which sockets a tree asked for, as the argument of --families that allows these and no others. */
#ifndef CLI_RUN_LEARN_H
#define CLI_RUN_LEARN_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	RUN_LEARN_SOCKETS = 128, /* a list of so many items, whatever they are, fits into one filter */
	RUN_LEARN_PROGRAMS = 128,
	RUN_LEARN_NAME = 512,
};

/* What was seen. */
struct run_learned {
	unsigned socket_count, program_count;
	struct run_learned_socket {
		/*
		 * Of the socket that the kernel creates: after a conversion, and with the default protocol instead
		 * of 0. Type 0 stands for the whole family, which was asked for in too many ways for the list.
		 */
		uint32_t family, type, protocol;
		bool any_protocol;
	} sockets[RUN_LEARN_SOCKETS];
	char programs[RUN_LEARN_PROGRAMS][RUN_LEARN_NAME]; /* that made multiplexed calls which couldn't be turned */
	bool more_programs;                                /* there were more programs than RUN_LEARN_PROGRAMS */
};

/*
 * In shared memory, so that a server that replaces a killed one continues the list. A new state is made in the other
 * element and written to the file before it becomes the current one. A server that is killed in between hasn't answered
 * its call, so its replacement does the same again, with a current state that is whole.
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
 * Creates or empties the file. From then on the file has what was seen so far. Where the supervisor is killed while it
 * writes, that is so again when its replacement has served the same call. Returns 0, or -errno; EINVAL if it isn't a
 * regular file, which alone can be overwritten.
 */
int run_learn_open(struct run_learn *learn, const char *name);

/* Adds the socket of a call of socket or socketpair to the list. */
void run_learn_socket(struct run_learn *learn, const struct seccomp_data *call);

/* Notes that the program with this path makes multiplexed calls which can't be turned. */
void run_learn_program(struct run_learn *learn, const char *program);

#endif

/* SPDX-License-Identifier: MIT
 * `run --learn`: which sockets a tree asked for, as the argument of --families that allows these and no others. */
#ifndef CLI_RUN_LEARN_H
#define CLI_RUN_LEARN_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	RUN_LEARN_SOCKETS = 128, /* as many items of a list, whichever they are, make a filter that can be loaded */
	RUN_LEARN_PROGRAMS = 128,
	RUN_LEARN_NAME = 512,
};

/* What was seen. It lies in memory that processes share, so that a supervisor's successor goes on with it. */
struct run_learned {
	unsigned socket_count, program_count;
	struct run_learned_socket {
		/*
		 * Those of the socket that the kernel makes. The protocol is that which it takes for 0. Type 0: the
		 * whole family, as there was no room for so many types and protocols.
		 */
		uint32_t family, type, protocol;
		bool any_protocol;
	} sockets[RUN_LEARN_SOCKETS];
	char programs[RUN_LEARN_PROGRAMS][RUN_LEARN_NAME]; /* that made multiplexed calls which couldn't be turned */
	bool more_programs;                                /* there is no room for some */
};

struct run_learn {
	int fd;
	struct run_learned *learned;
};

/*
 * Creates or empties the file. From then on it says what was seen so far, at any time. 0 or -errno: EINVAL, it can't be
 * overwritten, as a pipe can't.
 */
int run_learn_open(struct run_learn *learn, const char *name);

/* Learns of a call of socket or socketpair. */
void run_learn_socket(struct run_learn *learn, const struct seccomp_data *call);

/* Learns that a program, by its path, makes multiplexed calls. */
void run_learn_program(struct run_learn *learn, const char *program);

#endif

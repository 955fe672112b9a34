/* SPDX-License-Identifier: MIT
 * The formats in which `socketcall filter` writes a policy. */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "cli/policy.h"
#include "policy/compile.h"

/* A policy, and its filter. */
struct cli_filter {
	const struct cli_policy *policy;
	const struct sock_filter *filter;
	const struct policy_origin *origins; /* by instruction */
	int length;                          /* of the filter, in instructions */
};

/* Returns the verdict as text: "ALLOW"; or, written to room[], with its errno: "ERRNO(EAFNOSUPPORT)". */
enum { FILTER_TEXT_ROOM = 64 };
const char *filter_verdict_text(uint32_t verdict, char room[FILTER_TEXT_ROOM]);

/* One instruction in words, "if A == 41 goto 12". `at` is its index. */
enum { FILTER_LINE_ROOM = 96 };
const char *filter_instruction_text(const struct sock_filter *op, int at, char room[FILTER_LINE_ROOM]);

/* The door, the call and the rule that the instruction is for: "i386 socket: --families:1:1: AF_UNIX". */
enum { FILTER_ORIGIN_ROOM = 256 };
const char *filter_origin_text(const struct cli_filter *filter, int at, char room[FILTER_ORIGIN_ROOM]);

/* Each prints the filter in one format, and returns CLI_OK; or prints only an error message, and returns CLI_FAILED. */
int filter_print_bpf(const struct cli_filter *filter);
int filter_print_text(const struct cli_filter *filter);
int filter_print_c(const struct cli_filter *filter);
int filter_print_oci(const struct cli_filter *filter);
int filter_print_systemd(const struct cli_filter *filter);

#endif

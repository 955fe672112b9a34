/* SPDX-License-Identifier: MIT
 *
 * Facts: each is one line of TAP, "ok 7 - bind.tcp.again: a bound socket can't be bound again: EINVAL". The text before
 * the colon is the fact's name: it is the same in every build and on every system, and no other fact has it. The text
 * after it is understood alone, because a failed fact is printed alone: a sentence, or a case and its error. The
 * programs check the first three rules at run time, tests/conformance/run the last:
 *
 *   - a name is used once in a program;
 *   - one place in the source states at most FACTS_A_PLACE facts, however often a loop runs it;
 *   - a fact under a limit isn't judged, and its line names the limit and the reason ("# SKIP ipv6: ...");
 *   - no two programs share a name.
 */
#ifndef CONFORMANCE_FACT_H
#define CONFORMANCE_FACT_H

#include <errno.h>
#include <stdbool.h>

#include "entry.h"

#ifndef ECANCELED
#error "errno.h"
#endif

enum { FACTS_A_PLACE = 5 };

/* Every program calls these first and last. The program's working directory is an empty folder of its own; the program
 * is ended after 120 s. */
void facts_begin(void);
int facts_end(void);

/* Checks a preparation of facts. If it failed, prints a message and ends the program, unless a limit is in force, which
 * explains the failure. */
void must(int good, const char *what);

/* Formats the text of a fact whose name is made of parts. The result is valid until the fourth call after this one. */
__attribute__((format(printf, 1, 2))) const char *f(const char *format, ...);

/* The two steps of a fact: the first returns whether it is judged; the second judges it. `how`: the value has to be
 * EQUAL to `wanted`, or just TRUE. */
bool fact_opens(int *place, const char *text);
enum fact_kind { FACT_TRUE, FACT_EQUAL };
void fact_closes(enum fact_kind how, long got, long wanted);

/* FACT(condition, text): the condition is true. */
#define FACT(good, ...)                                                                                                \
	do {                                                                                                           \
		static int place_;                                                                                     \
		if (fact_opens(&place_, __VA_ARGS__))                                                                  \
			fact_closes(FACT_TRUE, !!(good), 1);                                                           \
	} while (0)

/* EQ(wanted, got, text): two integers are equal. */
#define EQ(wanted, got, ...)                                                                                           \
	do {                                                                                                           \
		static int place_;                                                                                     \
		if (fact_opens(&place_, __VA_ARGS__))                                                                  \
			fact_closes(FACT_EQUAL, (long)(got), (long)(wanted));                                          \
	} while (0)

/* IS(wanted, text, CALL, words...): the call returns `wanted`, a result or -errno. */
#define IS(wanted, text, ...) EQ(wanted, SC(__VA_ARGS__), text)

/* FD(text, CALL, words...): the call returns a descriptor, which is the value of this expression. */
#define FD(text, ...)                                                                                                  \
	({                                                                                                             \
		static int place_;                                                                                     \
		long fd_ = -1;                                                                                         \
		if (fact_opens(&place_, text)) {                                                                       \
			fd_ = SC(__VA_ARGS__);                                                                         \
			fact_closes(fd_ >= 0 ? FACT_TRUE : FACT_EQUAL, fd_ >= 0 ? 1 : fd_, 0);                         \
		}                                                                                                      \
		(int)fd_;                                                                                              \
	})

/* ---- Limits: what a fact can't hold for, each with a name and a reason (limits.def) ------------------------------ */

enum limit {
	LIMIT_NONE,
#define LIMIT(name, reason) LIMIT_##name,
#include "limits.def"
#undef LIMIT
};

/* LIMITED(condition, name) statement: if the condition is true, the facts of the statement aren't judged. */
#define LIMITED(condition, name)        LIMITED_(condition, name, __LINE__)
#define LIMITED_(condition, name, line) LIMITED__(condition, name, line)
#define LIMITED__(condition, name, line)                                                                               \
	for (int limit_##line = limit_enter((condition) ? LIMIT_##name : LIMIT_NONE); limit_##line;                    \
	     limit_##line = limit_leave())
int limit_enter(enum limit limit);
int limit_leave(void);
/* Returns the limit in force, or LIMIT_NONE. */
enum limit limited(void);

#endif

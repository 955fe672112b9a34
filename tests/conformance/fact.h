/* SPDX-License-Identifier: MIT
 *
 * Facts: one line of TAP each, "ok 7 - bind.again: an INET socket that has a name gets no second one". What stands
 * before the colon is the fact's name: the same in every build and on every system, and no other fact's. The rules,
 * which programs themselves see to (the first three) or tests/conformance/run does:
 *
 *   - a name is used once in a program;
 *   - one place in the source states at most FACTS_A_PLACE facts, however often it is come by;
 *   - a fact under a limit isn't judged, and says which limit and why ("# SKIP ipv6: ...");
 *   - no two programs share a name.
 */
#ifndef CONFORMANCE_FACT_H
#define CONFORMANCE_FACT_H

#include <errno.h>

#include "entry.h"

#ifndef ECANCELED
#error "errno.h"
#endif

enum { FACTS_A_PLACE = 5 };

/* Every program's first and last line. The program gets an empty folder to stand in, and 120 s to live. */
void facts_begin(void);
int facts_end(void);

/* What the facts stand on isn't there: says so and ends the program, unless a limit is in force, which explains it. */
void must(int good, const char *what);

/* The text of a fact whose name is made from parts; good until the next four. */
__attribute__((format(printf, 1, 2))) const char *f(const char *format, ...);

/* A fact's two halves: whether it is to be judged; the judgement. `how` is EQUAL to wanted, or just TRUE. */
int fact_opens(int *place, const char *text);
enum fact_kind { FACT_TRUE, FACT_EQUAL };
void fact_closes(enum fact_kind how, long got, long wanted);

/* FACT(condition, text): it holds. */
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

/* IS(wanted, text, CALL, words...): the call answers exactly that. */
#define IS(wanted, text, ...) EQ(wanted, SC(__VA_ARGS__), text)

/* FD(text, CALL, words...): the call makes a descriptor, which is the expression's value. */
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

/* LIMITED(condition, name) statement: where the condition holds, the facts of the statement aren't judged. */
#define LIMITED(condition, name)        LIMITED_(condition, name, __LINE__)
#define LIMITED_(condition, name, line) LIMITED__(condition, name, line)
#define LIMITED__(condition, name, line)                                                                               \
	for (int limit_##line = limit_enter((condition) ? LIMIT_##name : LIMIT_NONE); limit_##line;                    \
	     limit_##line = limit_leave())
int limit_enter(enum limit limit);
int limit_leave(void);
int limited(void);

#endif

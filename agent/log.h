/* SPDX-License-Identifier: MIT
 * The agent's log: lines on standard error. If that is the journal's, each begins with its priority (sd-daemon(3)). */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

/* syslog(3)'s numbers. */
enum agent_log_priority {
	AGENT_LOG_ERROR = 3,   /* something isn't served that should be */
	AGENT_LOG_WARNING = 4, /* a program's call failed for it */
	AGENT_LOG_INFO = 6,    /* what the agent does */
};

/*
 * Writes one line, in one write that never waits: where nobody reads standard error the line is lost. What a container
 * chose must be made printable before. A process writes no more than AGENT_LOG_A_MINUTE lines a minute of warnings and
 * informations; how many more there were is said in the next minute's first one.
 */
enum { AGENT_LOG_A_MINUTE = 60 };
void agent_log(enum agent_log_priority priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says how many lines of this process weren't written that haven't been told of, if there are any. */
void agent_log_lost(const char *container);

#endif

/* SPDX-License-Identifier: MIT
 * The agent's log: lines on standard error. If that is systemd's journal, each line begins with its priority, as in
 * sd-daemon(3). */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

/* syslog(3)'s numbers. */
enum agent_log_priority {
	AGENT_LOG_ERROR = 3,   /* a container, or every connection, can't be served */
	AGENT_LOG_WARNING = 4, /* a program's call failed, a connection is refused, or lines or a status are lost */
	AGENT_LOG_INFO = 6,    /* what the agent does */
};

/*
 * Writes one line by one write(). It never waits: if standard error isn't ready for writing, the line is lost. Strings
 * that a container chose must be printable (agent_make_printable()). So that a container can't fill the disk, each
 * process writes at most AGENT_LOG_A_MINUTE warnings and lines of information a minute; a line in a later minute says
 * how many were left out.
 */
enum { AGENT_LOG_A_MINUTE = 60 };
void agent_log(enum agent_log_priority priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * If lines of this process were left out since the last line that said so, logs how many. The line begins with
 * `subject`: a container's name, for example.
 */
void agent_log_lost(const char *subject);

#endif

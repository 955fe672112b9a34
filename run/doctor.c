/* SPDX-License-Identifier: MIT */
#include "run/doctor.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * In a child. A start function may return in two processes: the one that would become the program asks the witness and
 * writes the trial to the pipe; so does the caller if the way was refused.
 */
static _Noreturn void attempt(enum strategy_way way, int pipe)
{
	static const struct supervisor_options quiet = { .report = NULL };
	struct doctor_trial trial = { .started = false };
	int status;
	enum supervisor_start start = strategy_means.start(way, &quiet, &status, &trial.refusal);

	if (start == SUPERVISOR_BECOME_PROGRAM) {
		trial.started = true;
		trial.served = way == STRATEGY_INT80 ? witness_ask_int80() : witness_ask();
	}
	if (start != SUPERVISOR_PROGRAM_ENDED)
		(void)!write(pipe, &trial, sizeof trial);
	_exit(0);
}

static void try_way(enum strategy_way way, struct doctor_trial *trial)
{
	int ends[2];
	pid_t pid;

	*trial = (struct doctor_trial){ .refusal = { SUPERVISOR_NO_PROCESS, EAGAIN } };
	if (pipe(ends))
		return;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		attempt(way, ends[1]);
	}
	close(ends[1]);
	if (pid > 0) {
		struct doctor_trial told;

		if (read(ends[0], &told, sizeof told) == sizeof told)
			*trial = told;
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
}

void doctor_examine(struct doctor_finding *finding)
{
	struct preload_place place;

	finding->bare = witness_ask();
	for (enum strategy_way way = 0; way < STRATEGY_SUPERVISED; way++)
		try_way(way, &finding->trials[way]);
	finding->preload = preload_locate(&place);
	finding->preload_replaces_text = preload_replaces_text();
}

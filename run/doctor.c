/* SPDX-License-Identifier: MIT */
#include "run/doctor.h"

#include "run/witness/witness.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static enum supervisor_start start(enum doctor_way way, struct supervisor_refusal *refusal)
{
	static const struct supervisor_options quiet = { .report = NULL };
	int status;

	switch (way) {
	case DOCTOR_BESIDE:
		return supervisor_beside(&quiet, refusal);
	case DOCTOR_ABOVE:
		return supervisor_above(&quiet, &status, refusal);
	default:
		return supervisor_by_ptrace(way == DOCTOR_TRAP, &quiet, &status, refusal);
	}
}

/* In a child: what is to be told is told by the process that stands where a program would. */
static _Noreturn void attempt(enum doctor_way way, int pipe)
{
	struct doctor_trial trial = { .started = 0 };
	enum supervisor_start r = start(way, &trial.refusal);

	if (r == SUPERVISOR_BECOME_PROGRAM) {
		trial.started = 1;
		trial.served = way == DOCTOR_TRAP ? witness_ask_int80() : witness_ask();
	}
	if (r != SUPERVISOR_PROGRAM_ENDED)
		(void)!write(pipe, &trial, sizeof trial);
	_exit(0);
}

static void try_way(enum doctor_way way, struct doctor_trial *trial)
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
	finding->bare = witness_ask();
	for (enum doctor_way way = 0; way < DOCTOR_WAYS; way++)
		try_way(way, &finding->trial[way]);
}

/* SPDX-License-Identifier: MIT */
#include "run/doctor.h"

#include "process/child.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct doctor_answer ask(bool int80)
{
	struct doctor_answer answer;

	answer.answer = witness_ask_why(int80, &answer.error);
	return answer;
}

/* Reads `size` bytes, in as many parts as they come in. Returns false if there are fewer. */
static bool read_exactly(int pipe, void *result, size_t size)
{
	size_t have = 0;
	ssize_t n;

	while (have < size && (n = read(pipe, (char *)result + have, size - have)) > 0)
		have += (size_t)n;
	return have == size;
}

/*
 * Calls attempt() in a child, which ends with this process, and reads the `size` bytes that it writes to the pipe into
 * *result. Returns false if it writes fewer.
 */
static bool run_in_child(void (*attempt)(const void *what, int pipe), const void *what, void *result, size_t size)
{
	bool may_end = child_may_end_with_parent();
	pid_t parent = getpid();
	bool good = false;
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		return false;
	pid = fork();
	if (pid == 0) {
		if (may_end)
			child_end_with(parent);
		close(ends[0]);
		attempt(what, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid > 0) {
		good = read_exactly(ends[0], result, size);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	return good;
}

/*
 * A start function may return in two processes. The one that would become the program asks the witness, and writes the
 * trial to the pipe. If the way was refused, the calling process writes it. With SUPERVISOR_PROGRAM_ENDED the other
 * process has written it already.
 */
static void attempt_way(const void *what, int pipe)
{
	enum strategy_way way = *(const enum strategy_way *)what;
	struct doctor_trial trial = { .started = false };
	void *page = mmap(NULL, sizeof trial.outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct supervisor_options quiet = { .outcome = page == MAP_FAILED ? NULL : page };
	int status;
	enum supervisor_start start = strategy_means.start(way, &quiet, &status, &trial.refusal);

	if (start == SUPERVISOR_BECOME_PROGRAM) {
		trial.started = true;
		trial.served = ask(way == STRATEGY_INT80);
		if (quiet.outcome)
			trial.outcome = *quiet.outcome;
	}
	if (start != SUPERVISOR_PROGRAM_ENDED)
		(void)!write(pipe, &trial, sizeof trial);
	_exit(0);
}

static void try_way(enum strategy_way way, struct doctor_trial *trial)
{
	if (!run_in_child(attempt_way, &way, trial, sizeof *trial))
		*trial = (struct doctor_trial){ .refusal = { .obstacle = SUPERVISOR_NO_PROCESS, .error = -EAGAIN } };
}

static void attempt_run(const void *what, int pipe)
{
	static const struct supervisor_options quiet = { .on_event = NULL };
	const struct strategy_wanted wanted = { .supervision = &quiet };
	struct doctor_run run = { .known = true };

	(void)what;
	strategy_start(&strategy_means, &wanted, &run.result);
	if (run.result.start == SUPERVISOR_BECOME_PROGRAM)
		run.served = ask(false);
	if (run.result.start != SUPERVISOR_PROGRAM_ENDED)
		(void)!write(pipe, &run, sizeof run);
	_exit(0);
}

void doctor_examine(struct doctor_finding *finding)
{
	struct preload_place place;

	finding->bare = ask(false);
	witness_try_doors(&finding->doors);
	for (enum strategy_way way = 0; way < STRATEGY_SUPERVISED; way++)
		try_way(way, &finding->trials[way]);
	finding->preload = preload_locate(&place);
	finding->preload_replaces_text = preload_replaces_text();
	if (!run_in_child(attempt_run, NULL, &finding->run, sizeof finding->run))
		finding->run = (struct doctor_run){ .known = false };
}

bool doctor_calls_work(const struct doctor_finding *finding)
{
	const struct doctor_run *run = &finding->run;
	const struct witness_doors *doors = &finding->doors;

	if (finding->bare.answer == WITNESS_WORKS)
		return true;
	if (!run->known || run->result.start != SUPERVISOR_BECOME_PROGRAM)
		return false;
	/* With STRATEGY_NOTHING programs make multiplexed calls; with the other ways direct ones. */
	if (doors->were_tried && !(run->result.way == STRATEGY_NOTHING ? witness_some_multiplexed_open(doors)
								       : witness_some_direct_open(doors)))
		return false;
	switch (run->served.answer) {
	case WITNESS_WORKS:
	case WITNESS_FAILS:
		/*
		 * The witness is static, so a preload doesn't serve it; and it makes one call, which a filter may
		 * refuse. Where `run` can't patch programs, it has set the preload, or has refused to start.
		 */
		return true;
	case WITNESS_CANT_TELL:
		return run->served.error != -ENOEXEC; /* ENOEXEC: the kernel runs no 32-bit programs */
	case WITNESS_KILLED:
		break;
	}
	return false;
}

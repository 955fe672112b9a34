/* SPDX-License-Identifier: MIT */
#include "run/witness/witness.h"

#include "process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* witness.S, linked. */
extern const unsigned char witness_program[];
extern const uint32_t witness_size;
__asm__(".pushsection .rodata\n\twitness_program:\n\t.incbin \"" WITNESS_PROGRAM "\"\n\t.balign 4\n"
	"witness_size:\n\t.long witness_size - witness_program\n\t.popsection");

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

/* The exit status of a child that runs the program: the program's own 0 or 1, or one of these. */
enum {
	KILLED = 2,   /* a filter killed the program (SIGSYS) */
	FATAL = 3,    /* a filter killed the child before it ran the program */
	CANNOT = 128, /* + errno: the program couldn't be run; ETIMEDOUT: it didn't end */
};

/* The executable file. */
struct program {
	int fd;              /* its descriptor; -1: it has none */
	char path[PATH_MAX]; /* its name, or a name of its descriptor; empty: it has none */
};

/*
 * What ends the processes that run the program, if the call that it makes is never answered: a filter may report the
 * call to a listener at which nobody answers. Each value includes the ones before.
 */
enum guards {
	GUARDS_NONE,
	GUARDS_TIME,   /* the time */
	GUARDS_PARENT, /* the end of the parent */
};

enum { PATIENCE = 30 }; /* seconds, of GUARDS_TIME */

/*
 * Returns 0 or -errno. SIGXFSZ is ignored meanwhile, so that a limit (ulimit -f) causes EFBIG and doesn't kill this
 * process.
 */
static int write_program(int fd)
{
	static const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction inherited;
	size_t written = 0;
	int r = 0;

	sigaction(SIGXFSZ, &ignore, &inherited);
	while (!r && written < witness_size) {
		ssize_t n = write(fd, witness_program + written, witness_size - written);

		if (n < 0 && errno != EINTR)
			r = -errno;
		written += n > 0 ? (size_t)n : 0;
	}
	sigaction(SIGXFSZ, &inherited, NULL);
	return r;
}

/* Creates the program as an anonymous file. Returns 0 or -errno. */
static int put_into_memory(struct program *program)
{
	int r;

	*program = (struct program){ .fd = memfd_create("witness", MFD_CLOEXEC | MFD_EXEC) };
	if (program->fd < 0 && errno == EINVAL)
		program->fd = memfd_create("witness", MFD_CLOEXEC);
	if (program->fd < 0)
		return -errno;
	r = write_program(program->fd);
	if (r)
		close(program->fd);
	return r;
}

static void remove_program(const struct program *program)
{
	if (program->fd >= 0)
		close(program->fd);
	else
		unlink(program->path);
}

/*
 * Creates the program as a new file in that folder. Unless `named`, the file has no name any more when this returns, so
 * that it goes with the last process that has it open; it can then be executed only where /proc is mounted. Returns 0
 * or -errno.
 */
static int put_into_folder(struct program *program, const char *folder, bool named)
{
	int fd, r;

	if (snprintf(program->path, sizeof program->path, "%s/socketcall-witness-XXXXXX", folder) >=
	    (int)sizeof program->path)
		return -ENAMETOOLONG;
	fd = mkostemp(program->path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Another descriptor, because a file that is open for writing can't be executed (ETXTBSY). */
	program->fd = named ? -1 : open(program->path, O_RDONLY | O_CLOEXEC);
	if (program->fd >= 0) {
		unlink(program->path);
		snprintf(program->path, sizeof program->path, "/proc/self/fd/%d", program->fd);
	}
	r = fchmod(fd, S_IRWXU) ? -errno : write_program(fd);
	close(fd);
	if (r)
		remove_program(program);
	return r;
}

/* Executes the program. Returns only if that fails, with errno. */
static void execute(const struct program *program, char *const *arguments)
{
	static char *const none[] = { NULL };

	if (*program->path)
		execve(program->path, arguments, none);
	else
		syscall(SYS_execveat, program->fd, "", arguments, none, AT_EMPTY_PATH);
}

/* For a child of the process `parent`. It leaves no core file. */
static void set_guards(enum guards guards, pid_t parent)
{
	child_leave_no_core();
	if (guards >= GUARDS_TIME)
		child_end_after(PATIENCE);
	if (guards >= GUARDS_PARENT)
		child_end_with(parent);
}

/* The status, of the enumeration above, of a process that a signal has ended; `by_filter` if that is SIGSYS. */
static int status_of_signal(int signal, int by_filter)
{
	if (signal == SIGSYS)
		return by_filter;
	return signal == SIGALRM ? CANNOT + ETIMEDOUT : CANNOT;
}

/* Runs the program from a child process, and exits with the program's status, KILLED, or CANNOT + errno. */
static _Noreturn void run_program(const struct program *program, char *const *arguments, enum guards guards)
{
	int status;
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		set_guards(guards, parent);
		execute(program, arguments);
		_exit(CANNOT + errno);
	}
	if (pid < 0)
		_exit(CANNOT + errno);
	if (waitpid(pid, &status, 0) != pid)
		_exit(CANNOT + errno);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : status_of_signal(WTERMSIG(status), KILLED));
}

/*
 * Runs the witness as the child of a quiet child. exec resets a process' exit signal to SIGCHLD, so the witness itself
 * can't be quiet, and this process, which may exec a program that doesn't know of it, would get the signal. `program`
 * is a file with a path; or null, then the quiet child creates the file in memory, because a filter may kill a process
 * that calls memfd_create(2). Returns the exit status of run_program(), or FATAL.
 */
static int run_guarded(const struct program *program, char *const *arguments, enum guards guards)
{
	pid_t parent = getpid(), pid = child_quiet();
	struct program memory;
	int status, r;

	if (pid < 0)
		return CANNOT + errno;
	if (pid == 0) {
		set_guards(guards, parent);
		signal(SIGCHLD, SIG_DFL);
		r = program ? 0 : put_into_memory(&memory);
		if (r)
			_exit(CANNOT - r);
		run_program(program ? program : &memory, arguments, guards);
	}
	if (child_wait(pid, &status))
		return CANNOT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : status_of_signal(WTERMSIG(status), FATAL);
}

/* Runs the witness with those guards for which no filter kills. Returns the exit status of run_program(). */
static int run(const struct program *program, char *const *arguments)
{
	enum guards guards = GUARDS_PARENT;
	int status = run_guarded(program, arguments, guards);

	while (status == FATAL && guards != GUARDS_NONE)
		status = run_guarded(program, arguments, --guards);
	if (status == FATAL)
		return program ? CANNOT : CANNOT + EPERM;
	return status;
}

/* True if the program couldn't be run, but might run from another folder. */
static bool may_run_elsewhere(int status)
{
	return status > CANNOT && status != CANNOT + ENOEXEC && status != CANNOT + EAGAIN &&
	       status != CANNOT + ETIMEDOUT;
}

/* Runs the program from that folder, if it is allowed there. Returns run()'s result, or `status`. */
static int run_from(const char *folder, char *const *arguments, int status)
{
	struct program program;

	for (int named = 0; named < 2 && may_run_elsewhere(status); named++) {
		if (put_into_folder(&program, folder, named))
			continue;
		status = run(&program, arguments);
		remove_program(&program);
	}
	return status;
}

/* Runs the program from memory, or else from the first folder where that is allowed. Returns run()'s result. */
static int run_somewhere(char *const *arguments)
{
	const char *const folders[] = { getenv("TMPDIR"), "/tmp", "/dev/shm", "/var/tmp", "/run", "." };
	int status = run(NULL, arguments);

	for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++)
		if (folders[i])
			status = run_from(folders[i], arguments, status);
	return status;
}

enum witness_answer witness_ask_why(bool int80, int *error)
{
	static char name[] = "socketcall-witness", word[] = "int80", other_word[] = "none";
	char *const arguments[] = { name, int80 ? word : NULL, NULL };
	char *const without_call[] = { name, other_word, other_word, NULL };
	int status = run_somewhere(arguments);

	*error = 0;
	if (status == KILLED)
		return run_somewhere(without_call) == KILLED ? WITNESS_KILLED : WITNESS_FAILS;
	if (status >= CANNOT) {
		*error = CANNOT - status;
		return WITNESS_CANT_TELL;
	}
	return status == 0 ? WITNESS_WORKS : WITNESS_FAILS;
}

enum witness_answer witness_ask(void)
{
	int error;

	return witness_ask_why(false, &error);
}

enum witness_answer witness_ask_int80(void)
{
	int error;

	return witness_ask_why(true, &error);
}

/* Runs the program as a traced child, which stops at its first instruction. Returns 0 with *pid, or -errno. */
static int start_stopped(const struct program *program, pid_t *pid)
{
	static char name[] = "socketcall-witness";
	static char *const arguments[] = { name, NULL };
	pid_t parent = getpid();
	int status;

	*pid = fork();
	if (*pid == 0) {
		child_end_with(parent);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execute(program, arguments);
		_exit(errno);
	}
	if (*pid < 0)
		return -errno;
	if (waitpid(*pid, &status, 0) != *pid)
		return -ECHILD;
	if (WIFSTOPPED(status))
		return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) ? -WEXITSTATUS(status) : -ECHILD;
}

int witness_start_stopped(pid_t *pid)
{
	struct program program;
	int r = put_into_memory(&program);

	if (r)
		return r;
	r = start_stopped(&program, pid);
	remove_program(&program);
	return r;
}

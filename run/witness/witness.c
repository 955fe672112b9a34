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
	CANNOT = 128, /* + errno: the program couldn't be run */
};

/* The executable file: an anonymous file in memory, or a path. */
struct program {
	int fd; /* -1: `path` names the file */
	char path[PATH_MAX];
};

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

/* Creates the program as a new file in that folder. Returns 0 or -errno. */
static int put_into_folder(struct program *program, const char *folder)
{
	int fd, r;

	program->fd = -1;
	if (snprintf(program->path, sizeof program->path, "%s/socketcall-witness-XXXXXX", folder) >=
	    (int)sizeof program->path)
		return -ENAMETOOLONG;
	fd = mkostemp(program->path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fchmod(fd, S_IRWXU) ? -errno : write_program(fd);
	close(fd);
	if (r)
		unlink(program->path);
	return r;
}

static void remove_program(const struct program *program)
{
	if (program->fd >= 0)
		close(program->fd);
	else
		unlink(program->path);
}

/* Runs the program from a child process, and exits with the program's status, KILLED, or CANNOT + errno. */
static _Noreturn void run_program(const struct program *program, char *const *arguments)
{
	static char *const none[] = { NULL };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (program->fd >= 0)
			syscall(SYS_execveat, program->fd, "", arguments, none, AT_EMPTY_PATH);
		else
			execve(program->path, arguments, none);
		_exit(CANNOT + errno);
	}
	if (pid < 0)
		_exit(CANNOT + errno);
	if (waitpid(pid, &status, 0) != pid)
		_exit(CANNOT + errno);
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	_exit(WTERMSIG(status) == SIGSYS ? KILLED : CANNOT);
}

/*
 * Runs the witness as the child of a quiet child. exec resets a process' exit signal to SIGCHLD, so the witness itself
 * can't be quiet, and this process, which may exec a program that doesn't know of it, would get the signal. `program`
 * is a file with a path; or null, then the quiet child creates the file in memory, because a filter may kill a process
 * that calls memfd_create(2). Returns the exit status of run_program().
 */
static int run(const struct program *program, char *const *arguments)
{
	pid_t pid = child_quiet();
	struct program memory;
	int status, r;

	if (pid < 0)
		return CANNOT + errno;
	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		r = program ? 0 : put_into_memory(&memory);
		if (r)
			_exit(CANNOT - r);
		run_program(program ? program : &memory, arguments);
	}
	if (child_wait(pid, &status))
		return CANNOT;
	if (!program && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return CANNOT + EPERM;
	return WIFEXITED(status) ? WEXITSTATUS(status) : CANNOT;
}

/* True if the program couldn't be run, but might run from another folder. */
static bool may_run_elsewhere(int status)
{
	return status > CANNOT && status != CANNOT + ENOEXEC && status != CANNOT + EAGAIN;
}

/* Runs the program from memory, or else from the first folder where that is allowed. Returns run()'s result. */
static int run_somewhere(char *const *arguments)
{
	const char *const folders[] = { getenv("TMPDIR"), "/tmp", "/dev/shm", "/var/tmp", "/run", "." };
	struct program program;
	int status = run(NULL, arguments);

	for (unsigned i = 0; may_run_elsewhere(status) && i < sizeof folders / sizeof *folders; i++) {
		if (!folders[i] || put_into_folder(&program, folders[i]))
			continue;
		status = run(&program, arguments);
		remove_program(&program);
	}
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
	static char *const arguments[] = { name, NULL }, *const none[] = { NULL };
	int status;

	*pid = fork();
	if (*pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		if (program->fd >= 0)
			syscall(SYS_execveat, program->fd, "", arguments, none, AT_EMPTY_PATH);
		else
			execve(program->path, arguments, none);
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

/* SPDX-License-Identifier: MIT */
#include "run/witness/witness.h"

#include "process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* witness.S, linked. */
extern const unsigned char witness_program[];
extern const uint32_t witness_size;
__asm__(".pushsection .rodata\n\twitness_program:\n\t.incbin \"" WITNESS_PROGRAM "\"\n\t.balign 4\n"
	"witness_size:\n\t.long witness_size - witness_program\n\t.popsection");

enum { CANNOT = 2 };

static int write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		bytes += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* In a child: runs the program, and ends with its status, or with CANNOT. */
static _Noreturn void run_program(int program, char *argument)
{
	static char *const none[] = { NULL };
	char *const arguments[] = { "socketcall-witness", argument, NULL };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		syscall(SYS_execveat, program, "", arguments, none, AT_EMPTY_PATH);
		_exit(CANNOT);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		_exit(CANNOT);
	_exit(WEXITSTATUS(status));
}

/*
 * The witness is the child of a quiet child, because exec makes SIGCHLD the signal that announces a process' end: so
 * it is never announced to this process, in whose place a program will be run that knows nothing of it.
 */
static enum witness_answer run(int program, char *argument)
{
	pid_t pid = child_quiet();
	int status;

	if (pid < 0)
		return WITNESS_CANT_TELL;
	if (pid == 0) {
		signal(SIGCHLD, SIG_DFL);
		run_program(program, argument);
	}
	if (child_wait(pid, &status) || !WIFEXITED(status) || WEXITSTATUS(status) == CANNOT)
		return WITNESS_CANT_TELL;
	return WEXITSTATUS(status) == 0 ? WITNESS_WORKS : WITNESS_FAILS;
}

static enum witness_answer ask(char *argument)
{
	enum witness_answer answer = WITNESS_CANT_TELL;
	int fd = memfd_create("witness", MFD_CLOEXEC);

	if (fd < 0)
		return WITNESS_CANT_TELL;
	if (!write_all(fd, witness_program, witness_size))
		answer = run(fd, argument);
	close(fd);
	return answer;
}

enum witness_answer witness_ask(void)
{
	return ask(NULL);
}

enum witness_answer witness_ask_int80(void)
{
	return ask("int80");
}

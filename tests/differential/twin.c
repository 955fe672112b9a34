/* SPDX-License-Identifier: MIT
 *
 * Usage: twin kernel WORD | twin served GUEST [MUTANT]
 *
 * One of two processes that make the same calls: "kernel" makes system calls, with words of WORD bytes, "served" calls
 * the library. For each byte on TWIN_CONTROL it makes the calls of the sequence in the shared memory, in a child with a
 * network and process numbers of its own, records their effects, and answers with a byte. Ends when main.c closes
 * TWIN_CONTROL.
 */
#define _GNU_SOURCE
#include "sequence.h"
#include "served.h"
#include "world.h"

#include "abi/native.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A timer interrupts a call that blocks, again and again; a child that doesn't end its sequence is killed. */
enum { INTERRUPT_US = 3000, AGAIN_US = 15000, SEQUENCE_SECONDS = 5 };
enum { ENDING_MOST = 100 }; /* at most this many children may still be ending while the next one runs */
enum { TWIN_SAYS = 100 };   /* a child's pipe; beyond FDS, so that it isn't recorded as an open descriptor */

static volatile sig_atomic_t sigpipes; /* a signal handler counts */

static void count_sigpipe(int signal)
{
	(void)signal;
	sigpipes++;
}

static void interrupted(int signal)
{
	(void)signal;
}

/* ---- The kernel's own calls -------------------------------------------------------------------------------------- */

#ifdef __i386__
static int64_t kernel_call(int call, uint64_t block)
{
	int r;

	__asm__ volatile("int $0x80" : "=a"(r) : "0"(102), "b"(call), "c"((uint32_t)block) : "memory");
	return r;
}
#else
/* x86-64 has no socketcall(2): reads the block as it would, and makes the direct call. */
static int64_t kernel_call(int call, uint64_t block)
{
	static const unsigned char arities[] = {
		0,
#define CALL(call, NAME, name, maker, arity, ...) arity,
#include "abi/calls.def"
#undef CALL
	};
	/* send and recv have no number; sendto and recvfrom make them, with zeros for the other words */
	static const int numbers[] = {
		0,
#define CALL(call, NAME, name, maker, ...)                                                                             \
	socketcall_number_##name != SOCKETCALL_NONE ? (int)socketcall_number_##name : (int)socketcall_number_##maker,
#include "abi/calls.def"
#undef CALL
	};
	uint64_t w[6] = { 0 };
	struct iovec to = { w, 0 }, from;
	long r;

	if (call < 1 || call >= (int)sizeof arities)
		return -EINVAL;
	to.iov_len = arities[call] * sizeof *w;
	from = (struct iovec){ (void *)block, to.iov_len };
	if (process_vm_readv((int)syscall(SYS_getpid), &to, 1, &from, 1, 0) != (ssize_t)to.iov_len)
		return -EFAULT;
	r = syscall(numbers[call], w[0], w[1], w[2], w[3], w[4], w[5]);
	return r < 0 ? -errno : r;
}
#endif

/* ---- A sequence -------------------------------------------------------------------------------------------------- */

static const unsigned char pages[PAGES] = PAGES_ARE;

static void memory_make(void)
{
	char *memory = mmap((void *)(uintptr_t)ARENA, PAGES * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (memory == MAP_FAILED)
		_exit(99);
	memset(memory, FILL_READABLE, PAGES * PAGE);
	for (int page = 0; page < PAGES; page++) {
		if (pages[page] != WRITABLE)
			mprotect(memory + page * PAGE, PAGE, pages[page] == HOLE ? PROT_NONE : PROT_READ);
	}
}

static void memory_fill(const struct call *call)
{
	char *memory = (char *)(uintptr_t)ARENA;

	for (int page = 0; page < PAGES; page++)
		if (pages[page] == WRITABLE)
			memset(memory + page * PAGE, FILL, PAGE);
	for (uint32_t i = 0; i < call->patches; i++)
		memcpy(memory + call->patch[i].offset, call->patch[i].bytes, call->patch[i].length);
}

static void memory_record(struct step *step)
{
	for (int page = 0, at = 0; page < PAGES; page++) {
		if (pages[page] == HOLE)
			continue;
		memcpy(step->memory + at, (char *)(uintptr_t)ARENA + page * PAGE, PAGE);
		at += PAGE;
	}
}

static uint64_t open_descriptors(void)
{
	struct pollfd fds[FDS];
	uint64_t open = 0;

	for (int fd = 0; fd < FDS; fd++)
		fds[fd] = (struct pollfd){ .fd = fd };
	poll(fds, FDS, 0);
	for (int fd = 0; fd < FDS; fd++)
		if (!(fds[fd].revents &
		      POLLNVAL)) /* O_PATH descriptors count as closed here: poll() reports the same */
			open |= 1ULL << fd;
	return open;
}

/* Returns a hash of the state of the call's own descriptor, and of all from 34 on, which calls have made. */
static uint64_t state_after(const struct call *call, uint64_t open)
{
	int fd = (int)(int32_t)(uint32_t)call->word[0];
	uint64_t state = fd >= 3 && fd < FDS ? world_state_of(fd) : 0;

	for (fd = 34; fd < FDS; fd++)
		if (open & 1ULL << fd)
			state = state * 31 + world_state_of(fd);
	return state;
}

static void handle_signals(void)
{
	struct sigaction alarm = { .sa_handler = interrupted }, broken = { .sa_handler = count_sigpipe };

	for (int signal = 1; signal < 32; signal++)
		if (signal != SIGSEGV && signal != SIGBUS && signal != SIGILL && signal != SIGFPE &&
		    signal != SIGABRT && signal != SIGCHLD)
			sigaction(signal, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	sigaction(SIGALRM, &alarm, NULL);
	sigaction(SIGPIPE, &broken, NULL);
}

static void make_calls(const struct sequence *sequence, bool served, struct record *record)
{
	const struct itimerval on = { { 0, AGAIN_US }, { 0, INTERRUPT_US } }, off = { { 0, 0 }, { 0, 0 } };

	handle_signals();
	memory_make();
	world_make(sequence->user);
	for (uint32_t i = 0; i < sequence->length; i++) {
		const struct call *call = &sequence->call[i];
		struct step *step = &record->step[i];
		uint32_t due = 0;

		memory_fill(call);
		sigpipes = 0;
		setitimer(ITIMER_REAL, &on, NULL);
		step->result =
			served ? served_call(call->call, call->block, &due) : kernel_call(call->call, call->block);
		setitimer(ITIMER_REAL, &off, NULL);
		step->sigpipes = served ? due : (uint32_t)sigpipes;
		memory_record(step);
		step->open = open_descriptors();
		step->state = state_after(call, step->open);
		record->done = i + 1;
	}
	_exit(write(TWIN_SAYS, "", 1) != 1);
}

/* ---- Sequences, one after another -------------------------------------------------------------------------------- */

/*
 * Makes an empty file system our working directory, because calls bind UNIX sockets to relative paths. It is mounted in
 * a mount namespace of our own, so it is gone when the twin and its children have ended, however they end.
 */
static void folder_enter(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/tmp", "tmpfs", 0, "mode=0777") || chdir("/tmp")) {
		perror("differential: cannot mount a file system for the twin");
		exit(1);
	}
}

/* Removes the files of UNIX sockets that the last sequence bound. */
static void folder_clean(void)
{
	DIR *folder = opendir(".");
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			unlink(entry->d_name);
	if (folder)
		closedir(folder);
}

/*
 * Waits until the child has made its calls and written a byte. It doesn't wait for the child's end, because the kernel
 * takes long to remove a network namespace. Returns 0; the wait status, if the child ended early; -1, if it took too
 * long and was killed.
 */
static int32_t wait_for(pid_t child, int said)
{
	struct pollfd ready = { said, POLLIN, 0 };
	int status = 0;
	char byte;

	if (poll(&ready, 1, SEQUENCE_SECONDS * 1000) > 0 && read(said, &byte, 1) == 1)
		return 0;
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return ready.revents ? status : -1;
}

static void run_sequence(struct shared *shared, bool served)
{
	static int ending; /* earlier children that haven't been waited for */
	int says[2];
	pid_t child;

	while (ending && waitpid(-1, NULL, ending < ENDING_MOST ? WNOHANG : 0) > 0)
		ending--;
	folder_clean();
	shared->record.done = 0;
	if (pipe2(says, O_CLOEXEC)) {
		perror("differential: cannot create a pipe");
		exit(1);
	}
	do /* if a limit on processes or namespaces is reached, wait for the end of an earlier child */
		child = (pid_t)syscall(SYS_clone, CLONE_NEWNET | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	while (child < 0 && (errno == EAGAIN || errno == ENOSPC) && waitpid(-1, NULL, 0) > 0 && ending--);
	if (child == 0) {
		dup2(says[1], TWIN_SAYS);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		make_calls(&shared->sequence, served, &shared->record);
	}
	if (child < 0) {
		perror("differential: cannot create a network namespace");
		exit(1);
	}
	close(says[1]);
	shared->record.status = wait_for(child, says[0]);
	ending += shared->record.status == 0;
	close(says[0]);
}

int main(int argc, char **argv)
{
	bool served = argc > 2 && !strcmp(argv[1], "served");
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, TWIN_SHARED, 0);
	char go;

	if (argc < 3 || shared == MAP_FAILED) {
		fprintf(stderr, "twin: only differential can start this program\n");
		return 2;
	}
	if (served ? !served_start(argv[2], argv[3]) : atoi(argv[2]) != (int)sizeof(long)) {
		fprintf(stderr, "twin: %s %s: this program cannot do that (wrong width, guest or mutant)\n", argv[1],
			argv[2]);
		return 2;
	}
	folder_enter();
	while (read(TWIN_CONTROL, &go, 1) == 1) {
		run_sequence(shared, served);
		if (write(TWIN_CONTROL, &go, 1) != 1)
			return 1;
	}
	return 0;
}

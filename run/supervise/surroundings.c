/* SPDX-License-Identifier: MIT */
#include "run/supervise/surroundings.h"

#include "process/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	DESCRIPTORS_LEAST = 9,   /* the descriptors that a supervisor needs at least, besides options->keep */
	DESCRIPTORS_ENOUGH = 64, /* the limit that it is raised to */
};

static void close_between(unsigned first, unsigned last)
{
	if (first > last || !syscall(SYS_close_range, first, last, 0))
		return;
	for (unsigned fd = first; fd <= last && fd < (unsigned)sysconf(_SC_OPEN_MAX); fd++)
		close((int)fd);
}

/* The lowest descriptor of keep[] that is at least `from`; or `next`, if that is lower. */
static unsigned next_kept(const int *keep, unsigned count, unsigned from, unsigned next)
{
	for (unsigned i = 0; i < count; i++)
		if ((unsigned)keep[i] >= from && (unsigned)keep[i] < next)
			next = (unsigned)keep[i];
	return next;
}

void leave_surroundings(const int *keep, unsigned count, const struct supervisor_options *options)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned from = STDERR_FILENO + 1;

	setsid();
	(void)!chdir("/");
	for (int fd = 0; fd <= (options->on_event ? STDOUT_FILENO : STDERR_FILENO); fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	/* Closes the descriptors between the kept ones, from the lowest kept one to the highest. */
	for (;;) {
		unsigned next = next_kept(keep, count, from, ~0U);

		next = next_kept(options->keep, options->keep_count, from, next);
		if (next == ~0U)
			break;
		close_between(from, next - 1);
		from = next + 1;
	}
	close_between(from, ~0U);
	proc_hold(); /* the program may unmount /proc or mount over it */
}

int descriptor_above_standard(int descriptor)
{
	int moved, error;

	if (descriptor < 0 || descriptor > STDERR_FILENO)
		return descriptor;
	moved = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	error = errno;
	close(descriptor);
	errno = error;
	return moved;
}

static int both_above_standard(int ends[2])
{
	int error;

	ends[0] = descriptor_above_standard(ends[0]);
	ends[1] = ends[0] < 0 ? ends[1] : descriptor_above_standard(ends[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	error = errno;
	close(ends[0]);
	close(ends[1]);
	errno = error;
	return -1;
}

int socket_pair_above_standard(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) ? -1 : both_above_standard(ends);
}

int pipe_above_standard(int ends[2])
{
	return pipe2(ends, O_CLOEXEC) ? -1 : both_above_standard(ends);
}

int raise_descriptor_limit(const struct supervisor_options *options, struct rlimit *before)
{
	rlim_t least = DESCRIPTORS_LEAST + options->keep_count;
	struct rlimit enough;

	if (getrlimit(RLIMIT_NOFILE, before))
		*before = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	if (before->rlim_cur >= DESCRIPTORS_ENOUGH)
		return 0;
	if (before->rlim_max < least)
		return -EMFILE;
	enough = *before;
	enough.rlim_cur = before->rlim_max < DESCRIPTORS_ENOUGH ? before->rlim_max : DESCRIPTORS_ENOUGH;
	return setrlimit(RLIMIT_NOFILE, &enough) && before->rlim_cur < least ? -EMFILE : 0;
}

void restore_descriptor_limit(const struct rlimit *before)
{
	if (before->rlim_cur < DESCRIPTORS_ENOUGH)
		setrlimit(RLIMIT_NOFILE, before);
}

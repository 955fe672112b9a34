/* SPDX-License-Identifier: MIT */
#include "run/supervise/handshake.h"

#include "process/listener.h"
#include "process/pass.h"
#include "process/memory.h"
#include "filter/reports.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int start_refuse(struct supervisor_refusal *refusal, enum supervisor_obstacle obstacle, int error)
{
	*refusal = (struct supervisor_refusal){ obstacle, error };
	return -1;
}

int start_program(int socket, int natives, struct supervisor_refusal *refusal)
{
	struct sock_filter filter[FILTER_REPORTS_LENGTH];
	int length, listener, word = 0, none, r;

	if (!listener_is_supported())
		return start_refuse(refusal, SUPERVISOR_NO_LISTENER, ENOSYS);
	/* Any descriptor: once the filter is loaded it would be too late to learn that none can be passed. */
	r = pass_send(socket, 0, socket);
	if (!r)
		r = pass_receive(socket, &word, &none);
	if (r)
		return start_refuse(refusal, SUPERVISOR_NO_PROCESS, -r);
	if (word)
		return start_refuse(refusal, SUPERVISOR_NO_MEMORY, word);
	length = filter_reports(filter, (struct filter_reported){
						.start32 = SECCOMP_RET_USER_NOTIF,
						.load = SECCOMP_RET_USER_NOTIF,
						.start64 = natives ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW,
					});
	listener = listener_load(filter, length);
	if (listener < 0)
		return start_refuse(refusal, SUPERVISOR_NO_LISTENER, -listener);
	pass_send(socket, 0, listener);
	close(listener);
	return 0;
}

int start_supervisor(int socket, pid_t program)
{
	int word = 0, descriptor, r;

	r = pass_receive(socket, &word, &descriptor);
	if (r)
		return r;
	close(descriptor);
	r = pass_send(socket, -memory_try_write(program), -1);
	if (!r)
		r = pass_receive(socket, &word, &descriptor);
	if (r)
		return r;
	if (descriptor < 0)
		return word ? -word : -EPIPE;
	listener_same_processor(descriptor);
	return descriptor;
}

static void close_between(unsigned first, unsigned last)
{
	if (first > last || !syscall(SYS_close_range, first, last, 0))
		return;
	for (unsigned fd = first; fd <= last && fd < (unsigned)sysconf(_SC_OPEN_MAX); fd++)
		close((int)fd);
}

void start_leave(const int *keep, unsigned count, int silent)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned from = 3;

	setsid();
	(void)!chdir("/");
	for (int fd = 0; fd <= (silent ? 2 : 1); fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	/* Between the kept ones, from the lowest to the highest. */
	for (;;) {
		unsigned next = ~0U;

		for (unsigned i = 0; i < count; i++)
			if ((unsigned)keep[i] >= from && (unsigned)keep[i] < next)
				next = (unsigned)keep[i];
		if (next == ~0U)
			break;
		close_between(from, next - 1);
		from = next + 1;
	}
	close_between(from, ~0U);
}

int start_raise(int descriptor)
{
	int raised = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), error = errno;

	if (descriptor >= 0)
		close(descriptor);
	errno = error;
	return raised;
}

int start_socket_pair(int ends[2])
{
	int error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -1;
	ends[0] = start_raise(ends[0]);
	ends[1] = ends[0] < 0 ? ends[1] : start_raise(ends[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return 0;
	error = errno;
	close(ends[0]);
	close(ends[1]);
	errno = error;
	return -1;
}

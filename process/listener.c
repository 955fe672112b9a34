/* SPDX-License-Identifier: MIT */
#include "process/listener.h"

#include "abi/kernel.h"
#include "process/child.h"
#include "process/status.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* <linux/seccomp.h> defines these since Linux 5.19 and 6.6. The build machine's header may be older. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif
#define LISTENER_SET_FLAGS    _IOW('!', 4, uint64_t)
#define LISTENER_SYNC_WAKE_UP 1UL

static int load(struct sock_filter *filter, int length, unsigned long flags)
{
	struct sock_fprog program = { .len = (unsigned short)length, .filter = filter };
	long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

	return fd < 0 ? -errno : (int)fd;
}

static int load_without_privileges(struct sock_filter *filter, int length, unsigned long flags)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return load(filter, length, flags);
}

/*
 * Tries in a child whether the filter can be loaded with no_new_privs, because no_new_privs can't be unset. Returns 0,
 * or -errno of the load.
 */
static int try_without_privileges(struct sock_filter *filter, int length, unsigned long flags)
{
	pid_t pid = child_quiet();
	int status;

	if (pid == 0) {
		int r = load_without_privileges(filter, length, flags);

		_exit(r < 0 ? -r : 0);
	}
	if (pid < 0)
		return -errno;
	if (child_wait(pid, &status))
		return -ECHILD;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

int listener_load(struct sock_filter *filter, int length)
{
	unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	int fd;

	if (length < 0)
		return length;
	fd = load(filter, length, flags);
	if (fd == -EINVAL) {
		flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
		fd = load(filter, length, flags);
	}
	if (fd != -EACCES)
		return fd;
	fd = try_without_privileges(filter, length, flags);
	return fd ? fd : load_without_privileges(filter, length, flags);
}

bool listener_is_supported(void)
{
	return kernel_release() >= KERNEL_RELEASE(5, 9);
}

int listener_receive(int listener, struct listener_slot *slot, struct listener_call *call)
{
	listener_slot_clear(slot);
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &slot->notification))
		return -errno;
	listener_slot_has_call(slot, call);
	return 0;
}

bool listener_slot_has_call(const struct listener_slot *slot, struct listener_call *call)
{
	const struct seccomp_notif *notification = &slot->notification;

	*call = (struct listener_call){
		.id = notification->id,
		.pid = (pid_t)notification->pid,
		.number = notification->data.nr,
		.arch = notification->data.arch,
		.from = notification->data.instruction_pointer,
	};
	memcpy(call->argument, notification->data.args, sizeof call->argument);
	return call->arch != 0; /* 0 is no AUDIT_ARCH_* value: the slot is empty */
}

void listener_slot_clear(struct listener_slot *slot)
{
	memset(slot, 0, sizeof *slot);
}

bool listener_call_is_waiting(int listener, const struct listener_call *call)
{
	return !ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->id);
}

bool listener_is_waiting(void *context)
{
	const struct listener_waiting *waiting = context;

	return listener_call_is_waiting(waiting->listener, waiting->call);
}

bool is_listener(int descriptor)
{
	uint64_t unused_id = 0; /* the kernel counts ids up from a random 64-bit number: no call has this one */

	return ioctl(descriptor, SECCOMP_IOCTL_NOTIF_ID_VALID, &unused_id) && errno == ENOENT;
}

static void answer(int listener, struct seccomp_notif_resp answer)
{
	while (ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) && errno == EINTR)
		;
}

void listener_fail(int listener, const struct listener_call *call, int error)
{
	answer(listener, (struct seccomp_notif_resp){ .id = call->id, .error = -error });
}

void listener_continue(int listener, const struct listener_call *call)
{
	answer(listener, (struct seccomp_notif_resp){ .id = call->id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE });
}

void listener_refuse(int listener, const struct listener_call *call)
{
	answer(listener, (struct seccomp_notif_resp){ .id = call->id, .error = -ENOSYS });
}

void listener_kill(int listener, const struct listener_call *call)
{
	pid_t process = call->pid ? status_process(call->pid) : 0; /* pidfd_open() needs the number of a process */
	int fd = process ? (int)syscall(SYS_pidfd_open, process, 0) : -1;

	if (fd < 0)
		return;
	if (listener_call_is_waiting(listener, call))
		syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	close(fd);
}

void listener_repeat(int listener, const struct listener_call *call)
{
	answer(listener, (struct seccomp_notif_resp){ .id = call->id, .error = -LISTENER_RESTARTED });
}

void listener_wake_on_same_processor(int listener)
{
	ioctl(listener, LISTENER_SET_FLAGS, LISTENER_SYNC_WAKE_UP);
}

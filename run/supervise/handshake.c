/* SPDX-License-Identifier: MIT */
#include "run/supervise/handshake.h"

#include "abi/abi.h"
#include "filter/filter.h"
#include "filter/join.h"
#include "filter/load.h"
#include "filter/reports.h"
#include "filter/sockets.h"
#include "filter/traps.h"
#include "process/listener.h"
#include "process/memory.h"
#include "process/remote.h"
#include "process/status.h"
#include "run/supervise/confine.h"
#include "run/supervise/message.h"
#include "run/supervise/state.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/ptrace.h>
#include <unistd.h>

static int say_ready(int socket, int descriptor)
{
	return message_send(socket, (struct message){ .kind = MESSAGE_READY }, descriptor);
}

static int say_refused(int socket, const struct supervisor_refusal *refusal)
{
	return message_send(socket, (struct message){ .kind = MESSAGE_REFUSED, .refusal = *refusal }, -1);
}

/* Like wait_until_ready(), and returns the message in *message. */
static int wait_for_message(int socket, struct message *message, int *descriptor, struct supervisor_refusal *refusal)
{
	int r = message_receive(socket, message, descriptor);

	if (!r && message->kind == MESSAGE_READY)
		return 0;
	if (!r)
		*refusal = message->refusal;
	else
		supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, -r);
	return -1;
}

/*
 * Waits until the other end is ready. Returns 0, with the attached descriptor, or -1 if there is none, in *descriptor;
 * or -1 with *refusal.
 */
static int wait_until_ready(int socket, int *descriptor, struct supervisor_refusal *refusal)
{
	struct message message;

	return wait_for_message(socket, &message, descriptor, refusal);
}

/* ---- By listener ------------------------------------------------------------------------------------------------- */

/* Makes the filter report socket() and socketpair(), too. Returns its new length, or -errno. */
static int report_sockets(struct sock_filter filter[BPF_MAXINSNS], int length, uint32_t mark)
{
	struct sock_filter sockets[FILTER_SOCKETS_LENGTH];

	return filter_join(filter, length, BPF_MAXINSNS, sockets, filter_sockets(sockets, mark));
}

/*
 * What the filter reports to the listener. `may_trace`: the supervisor may trace the program, which turning a call
 * needs.
 */
static struct filter_reported reported(const struct supervisor_options *options, bool may_trace)
{
	bool only_calls_reported = options->socketcall_reported && may_trace;

	return (struct filter_reported){
		.start32 = only_calls_reported ? SECCOMP_RET_ALLOW : SECCOMP_RET_USER_NOTIF,
		.load = SECCOMP_RET_USER_NOTIF,
		.start64 = options->on_event ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW,
		.late = only_calls_reported ? SECCOMP_RET_ALLOW : SECCOMP_RET_USER_NOTIF,
		.socketcall = options->socketcall_reported ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_ALLOW,
	};
}

/* Does what handshake_program() describes. Returns 0, or -1 with *refusal. */
static int pass_listener(int socket, const struct supervisor_options *options, struct supervisor_refusal *refusal)
{
	struct sock_filter filter[BPF_MAXINSNS];
	struct message ready;
	int length, listener, unused, r;

	if (!listener_is_supported()) {
		supervisor_refuse(refusal, SUPERVISOR_NO_LISTENER, ENOSYS);
		return -1;
	}
	/* A loaded filter can't be removed. So pass some descriptor first, to see whether passing works at all. */
	r = say_ready(socket, socket);
	if (r) {
		supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, -r);
		return -1;
	}
	if (wait_for_message(socket, &ready, &unused, refusal))
		return -1;
	length = filter_reports(filter, reported(options, ready.may_trace));
	if (options->judge)
		length = report_sockets(filter, length, options->socket_mark);
	listener = listener_load(filter, confine_filter(options->confinement, filter, length));
	if (listener < 0) {
		/*
		 * listener_load() returns EAGAIN if it can't fork a child to try the filter in; seccomp(2) itself never
		 * fails so.
		 */
		supervisor_refuse(refusal, listener == -EAGAIN ? SUPERVISOR_NO_PROCESS : SUPERVISOR_NO_LISTENER,
				  -listener);
		return -1;
	}
	/*
	 * If this fails, all of the supervisor's processes were killed just now. The filter is loaded, and without a
	 * listener the calls that it reports fail with ENOSYS.
	 */
	say_ready(socket, listener);
	close(listener);
	return 0;
}

enum supervisor_start handshake_program(int socket, const struct supervisor_options *options,
					struct supervisor_refusal *refusal)
{
	if (!pass_listener(socket, options, refusal))
		return SUPERVISOR_BECOME_PROGRAM;
	say_refused(socket, refusal);
	return SUPERVISOR_REFUSED;
}

/*
 * True if this process may trace `program`. To find out, `program`, which waits for a message, is stopped for a moment.
 */
static bool may_trace(struct supervisor *supervisor, pid_t program)
{
	if (!supervisor_may_trace(supervisor) || remote_attach(program))
		return false;
	if (!remote_wait(program, 0))
		ptrace(PTRACE_DETACH, program, NULL, NULL);
	return true;
}

/*
 * The supervisor's part of the handshake until the program's process may load the filter. Returns 0, or -1 with
 * *refusal.
 */
static int permit_filter(int socket, pid_t program, struct supervisor *supervisor, struct supervisor_refusal *refusal)
{
	enum supervisor_obstacle obstacle = SUPERVISOR_NO_MEMORY;
	int descriptor, r;

	/*
	 * Another process began this and was killed. It is unknown whether that process took the first message from the
	 * socket, so waiting for the message could block for ever. EPIPE makes the start function begin anew.
	 */
	if (supervisor->handshake_tried) {
		supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, EPIPE);
		return -1;
	}
	supervisor->handshake_tried = true;
	if (wait_until_ready(socket, &descriptor, refusal))
		return -1;
	close(descriptor);
	supervisor->may_trace_program = supervisor->options.socketcall_reported && may_trace(supervisor, program);
	r = memory_try_write(program);
	/*
	 * If calls are turned, memory is written only while the thread is stopped and traced; then ptrace can write it.
	 */
	if (supervisor->may_trace_program && (r == -EACCES || r == -EPERM || r == -EROFS || r == -EIO))
		r = 0;
	if (!r) {
		obstacle = SUPERVISOR_NO_FILTER;
		r = supervisor->confine_error;
	}
	if (r) {
		supervisor_refuse(refusal, obstacle, -r);
		say_refused(socket, refusal);
		return -1;
	}
	supervisor->handshake_answered = true;
	return 0;
}

int handshake_supervisor(int socket, pid_t program, struct supervisor *supervisor, struct supervisor_refusal *refusal)
{
	struct message message;
	int descriptor, r;

	if (!supervisor->handshake_answered && permit_filter(socket, program, supervisor, refusal))
		return -1;
	/* Each process that continues this sends the message again, because the killed one may not have sent it yet. */
	message = (struct message){ .kind = MESSAGE_READY, .may_trace = supervisor->may_trace_program };
	r = message_send(socket, message, -1);
	if (r && r != -EPIPE) { /* EPIPE: an earlier message has arrived; the listener may be in the socket */
		supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, -r);
		return -1;
	}
	r = message_peek(socket, &message, &descriptor);
	if (!r && message.kind != MESSAGE_READY) {
		*refusal = message.refusal;
		return -1;
	}
	if (r || descriptor < 0) {
		supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, r ? -r : EPIPE);
		return -1;
	}
	listener_wake_on_same_processor(descriptor);
	return descriptor;
}

/* ---- By ptrace --------------------------------------------------------------------------------------------------- */

enum supervisor_start handshake_tracee(int socket, bool int80, const struct supervisor_options *options,
				       struct supervisor_refusal *refusal)
{
	struct sock_filter traps[FILTER_TRAPS_LENGTH], reports[FILTER_REPORTS_LENGTH];
	int r = confine_program(options->confinement);

	if (!r && int80)
		r = filter_load(traps, filter_traps(traps, abi_arch("i386")));
	/*
	 * If this filter can't be loaded, only the extension of programs' own filters is lost. So the result is
	 * ignored.
	 */
	if (!r)
		filter_load(reports, filter_reports(reports, (struct filter_reported){
								     .start32 = SECCOMP_RET_ALLOW,
								     .load = SECCOMP_RET_TRACE | FILTER_MARKER,
								     .start64 = SECCOMP_RET_ALLOW,
								     .late = SECCOMP_RET_ALLOW,
								     .socketcall = SECCOMP_RET_ALLOW,
							     }));
	/*
	 * Send this before the process is traced. When it is traced, any signal stops it until the supervisor lets it
	 * go on, and the supervisor would wait for this message meanwhile.
	 */
	if (r) {
		supervisor_refuse(refusal, SUPERVISOR_NO_FILTER, -r);
		r = say_refused(socket, refusal);
	} else {
		r = say_ready(socket, -1);
	}
	if (r)
		return supervisor_refuse(refusal, SUPERVISOR_NO_PROCESS, -r);
	return wait_until_ready(socket, NULL, refusal) ? SUPERVISOR_REFUSED : SUPERVISOR_BECOME_PROGRAM;
}

int handshake_tracer(int socket, pid_t program, const struct supervisor_options *options,
		     struct supervisor_refusal *refusal)
{
	int error, refused = wait_until_ready(socket, NULL, refusal);

	if (refused && refusal->obstacle == SUPERVISOR_NO_PROCESS)
		return -1; /* the program's process was killed, so a failure of PTRACE_SEIZE would mislead */
	/* If the program's process could load no filter and can't be traced either, the second reason is told. */
	error = -status_check_namespace();
	if (!error && ptrace(PTRACE_SEIZE, program, NULL, (long)REMOTE_TRACED))
		error = errno;
	if (error)
		supervisor_refuse(refusal, SUPERVISOR_NO_TRACING, error);
	if (!error && !refused) {
		error = -confine_self(options->confinement);
		if (error)
			supervisor_refuse(refusal, SUPERVISOR_NO_FILTER, error);
	}
	if (error || refused) {
		say_refused(socket, refusal);
		return -1;
	}
	say_ready(socket, -1);
	return 0;
}

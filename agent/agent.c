/* SPDX-License-Identifier: MIT */
#include "agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/inbox.h"
#include "agent/log.h"
#include "process/child.h"
#include "process/memory.h"
#include "run/patch/patch.h"
#include "run/supervise/needed.h"
#include "run/supervise/surroundings.h"
#include "run/witness/witness.h"

/* ---- Before serving ---------------------------------------------------------------------------------------------- */

static bool always(void *context)
{
	(void)context;
	return true;
}

static int fail(struct agent_failure *failure, int what, int error)
{
	failure->what = what;
	failure->error = error;
	return error;
}

/* Patches a 32-bit child, and kills it. The patcher then has the vDSO's edit in patcher->image. Returns 0 or -errno. */
static int learn_from_child(struct patcher *patcher)
{
	struct patch_result result;
	pid_t pid;
	int r = witness_start_stopped(&pid);

	if (r)
		return r;
	result = patch_process(patcher, pid, 0, always, NULL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (result.outcome == PATCH_DONE)
		return 0;
	return result.error ? result.error : -ENOTSUP;
}

int agent_try_calls(struct agent_failure *failure)
{
	if (!needed_try(NEEDED_BY_AGENT, &failure->refusal))
		return 0;
	return fail(failure, AGENT_NO_CALL, failure->refusal.error);
}

int agent_learn_vdso(struct image *vdso, struct agent_failure *failure)
{
	struct patcher *patcher = calloc(1, sizeof *patcher);
	int r;

	if (!patcher || patcher_init(patcher)) {
		free(patcher);
		return fail(failure, AGENT_NO_32_BIT, -ENOMEM);
	}
	r = learn_from_child(patcher);
	*vdso = *patcher->image;
	patcher_free(patcher);
	free(patcher);
	return r ? fail(failure, AGENT_NO_32_BIT, r) : 0;
}

bool agent_only_tracer_writes(void)
{
	pid_t parent = getpid(), pid = child_quiet();
	int r;

	if (pid == 0) {
		child_end_with(parent);
		for (;;)
			pause();
	}
	if (pid < 0)
		return false;
	r = memory_try_write(pid);
	kill(pid, SIGKILL);
	child_wait(pid, NULL);
	return r == -EIO;
}

int agent_open(const char *path, struct agent_failure *failure)
{
	int fd = inbox_from_systemd();

	if (fd == -1)
		fd = inbox_open(path);
	return fd < 0 ? fail(failure, AGENT_NO_SOCKET, fd) : fd;
}

/* ---- Serving ----------------------------------------------------------------------------------------------------- */

enum {
	ACCEPT_PAUSE = 200, /* milliseconds before accept() is tried again after an error */
	NOTHING_CAME = -1,  /* instead of an errno: no connection was accepted, and nothing is wrong */
};

/*
 * Logs when accept() begins to fail, and when it works again, so that an error that persists is logged once. Such
 * errors are too many open files (EMFILE, ENFILE) and a lack of memory. The connection stays in the socket's queue
 * meanwhile, and its container waits. `error` is 0, an errno or NOTHING_CAME. Returns true if it is an errno.
 */
static bool log_accept_error(bool *is_failing, int error)
{
	bool fails = error > 0;

	if (fails && !*is_failing)
		agent_log(AGENT_LOG_ERROR, "cannot accept connections, which wait: %s", strerror(error));
	if (!error && *is_failing)
		agent_log(AGENT_LOG_INFO, "connections are accepted again");
	if (error != NOTHING_CAME)
		*is_failing = fails;
	return fails;
}

/*
 * In a child: accepts a connection, writes the error (0, an errno or NOTHING_CAME) to the pipe, and serves the
 * connection. Returns the child's exit status.
 */
static int accept_and_serve(int socket, int pipe, const struct agent_options *options)
{
	int connection = descriptor_above_standard(accept4(socket, NULL, NULL, SOCK_CLOEXEC));
	int error = connection < 0 ? errno : 0;
	bool is_written;

	if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
		error = NOTHING_CAME;
	is_written = write(pipe, &error, sizeof error) == sizeof error;
	close(pipe);
	if (error)
		return is_written ? 0 : 1;
	/* If the write failed, the parent was killed. The container must be served all the same. */
	if (inbox_peer_is_trusted(connection))
		return agent_serve_connection(connection, options);
	agent_log(AGENT_LOG_WARNING, "a connection of another user than root and the agent's is refused");
	return 1;
}

/*
 * Starts a child that accepts and serves the next connection. This process never holds a connection, so that none is
 * lost when it is killed: each connection then has a process of its own, or is still in the queue of the socket, which
 * systemd keeps for the next agent. Returns false after an error, so that the caller tries again after a pause.
 */
static bool serve_next(int socket, const struct agent_options *options, bool *is_failing)
{
	int ends[2], error = NOTHING_CAME;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return !log_accept_error(is_failing, errno);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		_exit(accept_and_serve(socket, ends[1], options));
	}
	if (pid < 0)
		error = errno;
	close(ends[1]);
	/* A child that was killed before it wrote leaves the pipe empty, and the connection may still be queued. */
	if (pid > 0 && read(ends[0], &error, sizeof error) != sizeof error)
		error = NOTHING_CAME;
	close(ends[0]);
	return !log_accept_error(is_failing, error);
}

/* Logs where the agent listens. The socket may be one that systemd has passed, so its name is asked for. */
static void log_beginning(int socket, const struct agent_options *options)
{
	struct sockaddr_un name = { .sun_path = "" };
	socklen_t length = sizeof name;
	bool has_path = !getsockname(socket, (struct sockaddr *)&name, &length) && *name.sun_path;

	agent_log(AGENT_LOG_INFO, "listening at %.*s%s", (int)sizeof name.sun_path,
		  has_path ? name.sun_path : "the socket that systemd has passed",
		  options->audit ? ", with --audit" : "");
}

int agent_serve(int socket, const struct agent_options *options)
{
	struct signalfd_siginfo info;
	struct pollfd polls[2];
	sigset_t signals, before;
	bool ended = false, is_failing = false, must_pause = false;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &before);
	/*
	 * If the reader of standard error ends, or a file reaches its greatest size (RLIMIT_FSIZE), only log lines and
	 * statuses are lost: SIGPIPE and SIGXFSZ must not kill servers.
	 */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	polls[0] = (struct pollfd){ .fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN };
	polls[1] = (struct pollfd){ .fd = socket, .events = POLLIN };
	if (polls[0].fd < 0)
		return -errno;
	log_beginning(socket, options);
	while (!ended) {
		polls[1].fd = must_pause ? -1 : socket;
		if (poll(polls, 2, must_pause ? ACCEPT_PAUSE : -1) < 0)
			continue; /* EINTR. No filter refuses poll(): agent_try_calls() has tried it */
		must_pause = false;
		while (read(polls[0].fd, &info, sizeof info) == sizeof info)
			ended |= info.ssi_signo != SIGCHLD;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (polls[1].revents & POLLIN)
			must_pause = !serve_next(socket, options, &is_failing);
	}
	close(polls[0].fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return 0;
}

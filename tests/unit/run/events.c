/* SPDX-License-Identifier: MIT
 *
 * Tests events that the supervisor tells once for each program: if a server is killed while it tells one, the next
 * server tells it. TAP. */
#include "abi/abi.h"
#include "run/supervise/multiplexed.h"
#include "run/supervise/state.h"
#include "tests/fixtures/tap.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the server, on_event() kills this process. In the test's own process it counts the events. */
static bool is_server;
static unsigned events;

static void on_event(void *context, const struct supervisor_event *event)
{
	(void)context;
	if (is_server)
		raise(SIGKILL);
	events += event->pid == getpid();
}

static void make_multiplexed_call(struct supervisor *supervisor, pid_t pid)
{
	const struct listener_call call = { .pid = pid, .arch = abi_arch("i386")->token };

	multiplexed_reported(supervisor, -1, &call);
}

/*
 * serve() tells an event about a program, which is this process here. First a child, the server, calls it and is
 * killed. Then this process calls it twice, as the next server.
 */
static void test(const char *name, void (*serve)(struct supervisor *supervisor, pid_t pid))
{
	const struct supervisor_options options = { .on_event = on_event, .audit = true };
	struct supervisor *supervisor = supervisor_new(&options);
	pid_t program = getpid(), server;
	int status = 0;

	if (!supervisor) {
		ok(false, "%s: there is memory for a supervisor", name);
		return;
	}
	server = fork();
	if (server == 0) {
		is_server = true;
		serve(supervisor, program);
		_exit(0);
	}
	waitpid(server, &status, 0);
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%s: the server is killed while it tells the event",
	   name);
	events = 0;
	serve(supervisor, program);
	ok_got(events == 1, events, "%s: the next server tells it", name);
	serve(supervisor, program);
	ok_got(events == 1, events, "%s: at the next call it isn't told again", name);
	supervisor_free(supervisor);
}

int main(void)
{
	test("an `int $0x80` is turned", supervisor_tell_int80);
	test("a multiplexed call is let through", make_multiplexed_call);
	return plan();
}

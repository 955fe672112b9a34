/* SPDX-License-Identifier: MIT */
#include "mech/notify/serve.h"

#include "mech/notify/listener.h"
#include "mech/patch/patch.h"

#include <errno.h>
#include <poll.h>

struct waiting {
	int listener;
	struct listener_call call;
};

static int still(void *context)
{
	const struct waiting *waiting = context;

	return listener_still(waiting->listener, &waiting->call);
}

void serve_next(int listener, supervisor_report *report)
{
	struct waiting waiting = { .listener = listener };
	struct patch_result result;

	if (listener_receive(listener, &waiting.call))
		return; /* withdrawn meanwhile */
	if (waiting.call.pid)
		result = patch_process(waiting.call.pid, still, &waiting);
	else
		result = (struct patch_result){ .error = -ESRCH };
	/* A program that is let go may end at once: what is said of it comes before. */
	if (report && listener_still(listener, &waiting.call))
		report(waiting.call.pid, &result);
	listener_continue(listener, &waiting.call);
}

void serve_all(int listener, supervisor_report *report)
{
	struct pollfd poll_listener = { .fd = listener, .events = POLLIN };

	for (;;) {
		if (poll(&poll_listener, 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (poll_listener.revents & POLLIN)
			serve_next(listener, report);
		else if (poll_listener.revents)
			return;
	}
}

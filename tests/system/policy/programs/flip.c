/* SPDX-License-Identifier: MIT
 *
 * Usage: flip DOOR CALLS
 * To be run under `socketcall run --families AF_UNIX`. Asks for sockets at a door (doors.h) while another thread
 * writes AF_INET and AF_UNIX by turns to the block of arguments, as fast as it can. Counts the calls, those that were
 * allowed and refused, and the sockets that leaked: those of AF_INET. Makes more calls, for a minute at most, until one
 * was allowed and one refused, or a socket leaked: on one processor the threads take turns, and the block may stay the
 * same for many calls. Exits with 1 if a socket leaked; with 3 if no call was allowed, or none was refused, so that the
 * test shows nothing.
 *
 * Usage: flip control CALLS
 * To be run without `run`. A thread of its own is a supervisor that reads the block from memory, judges it, and then
 * lets the call continue: the block may have changed meanwhile. It waits for that, as if it were slow. Ends at the
 * first socket that leaks.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/fixtures/listener.h"
#include "tests/system/policy/programs/doors.h"

enum { SECONDS_MOST = 60, YIELDS_MOST = 100000 };

static volatile bool ended;

static void *flip(void *unused)
{
	struct low *low = low_memory();

	/* One write in each turn: QEMU interrupts an emulated processor only between blocks of instructions, which end
	 * at jumps. After two writes in a turn, other threads would only see the second. */
	for (bool turn = false; !ended; turn = !turn)
		low->block[0] = turn ? AF_INET : AF_UNIX;
	return unused;
}

/* ---- The control ------------------------------------------------------------------------------------------------- */

static volatile int listener = -1;

/* Waits until the other thread has changed the block, but not for ever. On one processor that takes a time slice. */
static void wait_for_change(void)
{
	for (int tries = 0; tries < YIELDS_MOST && low_memory()->block[0] == AF_UNIX; tries++)
		sched_yield();
}

static void *judge_memory(void *unused)
{
	while (listener < 0 && !ended)
		;
	while (!ended) {
		struct seccomp_notif call = { 0 };
		struct seccomp_notif_resp answer = { 0 };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		answer.id = call.id;
		if (low_memory()->block[0] == AF_UNIX) {
			answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
			wait_for_change();
		} else {
			answer.error = -EAFNOSUPPORT;
		}
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	return unused;
}

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

static const struct door *find(const char *name)
{
	for (unsigned i = 0; i < door_count; i++)
		if (!strcmp(doors[i].name, name))
			return &doors[i];
	return NULL;
}

int main(int argc, char **argv)
{
	bool control = argc == 3 && !strcmp(argv[1], "control");
	const struct door *door = argc == 3 ? find(control ? "socketcall" : argv[1]) : NULL;
	struct low *low = low_memory();
	struct asked asked = { AF_UNIX, SOCK_STREAM, 0, false };
	unsigned long calls = 0, allowed = 0, refused = 0, leaked = 0;
	time_t begun = time(NULL);
	pthread_t flipper, supervisor;

	if (!door)
		return 2;
	low->watched = true;
	if (control) {
		if (pthread_create(&supervisor, NULL, judge_memory, NULL))
			return 2;
		listener = load_reporting(I386_SOCKETCALL);
		if (listener < 0)
			return 2;
	}
	if (pthread_create(&flipper, NULL, flip, NULL))
		return 2;
	while (!(control && leaked)) {
		bool shown = control || leaked || (allowed && refused);
		long result;

		if (calls >= strtoul(argv[2], NULL, 0) && (shown || time(NULL) - begun > SECONDS_MOST))
			break;
		asked.family = low->block[0] == AF_INET ? AF_INET : AF_UNIX;
		low->made = AF_UNIX;
		result = door->ask(&asked);
		calls++;
		allowed += result == 0;
		refused += result == -EAFNOSUPPORT;
		leaked += result == 0 && low->made != AF_UNIX;
	}
	printf("%lu calls, %lu allowed, %lu refused, %lu leaked\n", calls, allowed, refused, leaked);
	return leaked ? 1 : !allowed || !refused ? 3 : 0;
}

/* SPDX-License-Identifier: MIT
 * recvmmsg and sendmmsg: partial success, how many at most, MSG_WAITFORONE, and recvmmsg's timeout. */
#include "samples.h"

enum { MANY = 1500 };

static struct mmsghdr messages[MANY];
static struct iovec parts[MANY];
static char data[MANY][16];
static struct sockaddr_storage names[MANY];

/* The first `count` messages: one part each, the rest zero. */
static void prepare(unsigned count, int out)
{
	memset(messages, 0, sizeof messages);
	memset(names, 0, sizeof names);
	for (unsigned i = 0; i < count; i++) {
		parts[i] = (struct iovec){ data[i], out ? (size_t)sprintf(data[i], "message %u", i) : sizeof data[i] };
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_len = 0x77777777;
		if (out)
			continue;
		memset(data[i], '.', sizeof data[i]);
		messages[i].msg_hdr.msg_name = &names[i];
		messages[i].msg_hdr.msg_namelen = sizeof names[i];
	}
}

static void say_messages(unsigned count, int in)
{
	for (unsigned i = 0; i < count; i++)
		say("message %u: length %x, flags %#x, %s, from %s", i, messages[i].msg_len,
		    messages[i].msg_hdr.msg_flags, in ? bytes(data[i], sizeof data[i]) : "",
		    in ? address(&names[i], messages[i].msg_hdr.msg_namelen) : "");
}

/* Two connected unix datagram sockets with names and much room: [0] has sent `queued` datagrams to [1]. */
static void new_datagrams(int pair[2], int queued)
{
	static const int room = 8 << 20;
	struct sockaddr_un a[2];
	socklen_t length[2] = { abstract(&a[0], "sender"), abstract(&a[1], "receiver") };
	char text[32];

	for (int i = 0; i < 2; i++) {
		pair[i] = new_socket(AF_UNIX, SOCK_DGRAM);
		must(sc(SYS_BIND, pair[i], &a[i], length[i]), "bind");
		must(sc(SYS_SETSOCKOPT, pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room),
		     "setsockopt SO_SNDBUFFORCE");
	}
	for (int i = 0; i < 2; i++)
		must(sc(SYS_CONNECT, pair[i], &a[1 - i], length[1 - i]), "connect");
	for (int i = 0; i < queued; i++) {
		sprintf(text, "datagram %d", i);
		must(sc(SYS_SEND, pair[0], text, strlen(text), 0), "send");
	}
}

static void close_both(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/* ---- How many ---------------------------------------------------------------------------------------------------- */

static void some(unsigned queued, uint32_t wanted, int flags)
{
	int pair[2];
	unsigned looked = wanted > 5 ? 5 : wanted;

	new_datagrams(pair, (int)queued);
	prepare(MANY, 0);
	fact(sc(SYS_RECVMMSG, pair[1], messages, wanted, flags, NULL), "recvmmsg of %u where %u are, flags %#x", wanted,
	     queued, flags);
	say_messages(looked, 1);
	fact(sc(SYS_RECVMMSG, pair[1], messages, wanted, MSG_DONTWAIT, NULL), "recvmmsg of the rest");
	close_both(pair);
}

static void send_many(uint32_t wanted)
{
	int pair[2], n = 0;
	char text[32];

	new_datagrams(pair, 0);
	prepare(MANY, 1);
	fact(sc(SYS_SENDMMSG, pair[0], messages, wanted, 0), "sendmmsg of %u", wanted);
	say("the first message's length %x, the 1024th's %x, the 1025th's %x", messages[0].msg_len,
	    messages[1023].msg_len, messages[1024].msg_len);
	while (n < MANY && sc(SYS_RECV, pair[1], text, sizeof text, MSG_DONTWAIT) >= 0)
		n++;
	say("there came %d", n);
	close_both(pair);
}

/* recvmmsg's maximum: more datagrams than any limit on their number. */
static void receive_many(uint32_t wanted)
{
	int pair[2];
	long r;

	new_datagrams(pair, 1300);
	prepare(MANY, 0);
	r = sc(SYS_RECVMMSG, pair[1], messages, wanted, MSG_DONTWAIT, NULL);
	fact(r, "recvmmsg of %u where 1300 are", wanted);
	close_both(pair);
}

/* ---- Success in part --------------------------------------------------------------------------------------------- */

/* The third header is bad. */
static void bad_third(int call, int how)
{
	static const char *const text[] = { "a part that is bad", "too many parts", "a name's length of -1",
					    "a control length that is bad" };
	int pair[2];
	struct msghdr *h = &messages[2].msg_hdr;

	new_datagrams(pair, call == SYS_RECVMMSG ? 5 : 0);
	prepare(4, call == SYS_SENDMMSG);
	if (how == 0)
		parts[2].iov_base = unmapped();
	else if (how == 1)
		h->msg_iovlen = 1025;
	else if (how == 2)
		h->msg_name = names, h->msg_namelen = (socklen_t)-1;
	else
		h->msg_control = unmapped(), h->msg_controllen = call == SYS_SENDMMSG ? 16 : 0x80000000;
	fact(call == SYS_SENDMMSG ? sc(call, pair[0], messages, 4, 0)
				  : sc(call, pair[1], messages, 4, MSG_DONTWAIT, NULL),
	     "%s of four, the third with %s", name_of[call], text[how]);
	say_messages(4, call == SYS_RECVMMSG);
	prepare(4, call == SYS_SENDMMSG);
	fact(call == SYS_SENDMMSG ? sc(call, pair[0], messages, 4, 0)
				  : sc(call, pair[1], messages, 4, MSG_DONTWAIT, NULL),
	     "%s after that", name_of[call]);
	fact(call == SYS_SENDMMSG ? sc(call, pair[0], messages, 4, 0)
				  : sc(call, pair[1], messages, 4, MSG_DONTWAIT, NULL),
	     "%s once more", name_of[call]);
	close_both(pair);
}

/* The array of headers extends into inaccessible memory. */
static void array_ends(int call)
{
	struct mmsghdr *end = (struct mmsghdr *)(pages(1) + PAGE);
	int pair[2];

	new_datagrams(pair, call == SYS_RECVMMSG ? 5 : 0);
	prepare(4, call == SYS_SENDMMSG);
	memcpy(end - 2, messages, 2 * sizeof *messages);
	fact(call == SYS_SENDMMSG ? sc(call, pair[0], end - 2, 4, 0)
				  : sc(call, pair[1], end - 2, 4, MSG_DONTWAIT, NULL),
	     "%s of four, of which two are there", name_of[call]);
	say("lengths %x, %x", end[-2].msg_len, end[-1].msg_len);
	munmap((char *)end - PAGE, 2 * PAGE);
	close_both(pair);
}

/* A queue with room for some: unix datagrams. */
static void partial_send(void)
{
	int pair[2];
	long r;

	new_pair(SOCK_DGRAM, pair);
	prepare(MANY, 1);
	r = sc(SYS_SENDMMSG, pair[0], messages, 1000, MSG_DONTWAIT);
	say("sendmmsg of 1000 into a queue with less room: %s", r > 0 && r < 1000 ? "some" : result_text(r));
	fact(sc(SYS_SENDMMSG, pair[0], messages, 2, MSG_DONTWAIT), "sendmmsg into a full queue");
	prepare(MANY, 0);
	say("recvmmsg of them: %s",
	    sc(SYS_RECVMMSG, pair[1], messages, 1000, MSG_DONTWAIT, NULL) == r ? "as many" : "another number");
	close_both(pair);
}

/* ---- The timeout ------------------------------------------------------------------------------------------------- */

static const struct timespec bad_times[] = {
	{ 0, 1000000000 }, { 0, -1 }, { -1, 0 }, { INT_MIN, 0 }, { 0, INT_MIN }, { 0, INT_MAX }, { -1, -1 },
};

/* libc's wrapper reads and writes the timeout itself, so it can't be given a bad pointer. */
static bool may_fault(void)
{
	return door != &door_libc;
}

static void bad_timeout(int fd, const char *what)
{
	const struct {
		const char *name;
		void *timeout;
	} pointers[] = {
		{ "unmapped", unmapped() },
		{ "at 1", (void *)1 },
		{ "at -4", (void *)-4 },
		{ "at 0xffffe000", (void *)0xffffe000 },
		{ "half unmapped", pages(1) + PAGE - 4 },
	};

	for (size_t i = 0; i < COUNT(pointers) && may_fault(); i++) {
		prepare(2, 0);
		fact(sc(SYS_RECVMMSG, fd, messages, 2, MSG_DONTWAIT, pointers[i].timeout), "recvmmsg %s, timeout %s",
		     what, pointers[i].name);
	}
	for (size_t i = 0; i < COUNT(bad_times); i++) {
		struct timespec time = bad_times[i];

		prepare(2, 0);
		fact(sc(SYS_RECVMMSG, fd, messages, 2, MSG_DONTWAIT, &time), "recvmmsg %s, timeout %ld s %ld ns", what,
		     (long)time.tv_sec, time.tv_nsec);
		say("the timeout is %s", memcmp(&time, &bad_times[i], sizeof time) ? "changed" : "as it was");
	}
	prepare(2, 0);
	fact(sc(SYS_RECVMMSG, fd, unmapped(), 2, MSG_DONTWAIT, &bad_times[0]),
	     "recvmmsg %s, both headers and timeout bad", what);
	if (may_fault())
		fact(sc(SYS_RECVMMSG, fd, unmapped(), 2, MSG_DONTWAIT, unmapped()),
		     "recvmmsg %s, headers and timeout unmapped", what);
	munmap((char *)pointers[4].timeout - PAGE + 4, 2 * PAGE);
}

static void bad_timeouts(void)
{
	int pair[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);

	new_datagrams(pair, 1);
	bad_timeout(-1, "of no descriptor");
	bad_timeout(null, "of no socket");
	bad_timeout(pair[1], "of a socket with a message");
	fact(sc(SYS_RECVMMSG, pair[1], messages, 1, MSG_DONTWAIT, NULL), "recvmmsg of that message");
	bad_timeout(pair[1], "of a socket with no message");
	close_both(pair);
	close(null);
}

/* The time that is left of `time` after a wait for `wanted` messages, of which `queued` are there. */
static void left_of(struct timespec time, unsigned queued, unsigned wanted, int flags)
{
	struct timespec before = time;
	const char *left;
	int pair[2];
	long r;

	new_datagrams(pair, (int)queued);
	prepare(wanted, 0);
	r = sc(SYS_RECVMMSG, pair[1], messages, wanted, flags, &time);
	if (!memcmp(&time, &before, sizeof time))
		left = "as it was";
	else if (time.tv_sec == 0 && time.tv_nsec == 0)
		left = "nothing";
	else if (time.tv_sec < 0 || time.tv_nsec < 0 || time.tv_nsec > 999999999 || time.tv_sec > before.tv_sec)
		left = "nonsense";
	else
		left = before.tv_sec - time.tv_sec < 60 ? "a little less" : "much less";
	fact(r, "recvmmsg of %u where %u are, flags %#x, timeout %ld s %ld ns, of which is left %s", wanted, queued,
	     flags, (long)before.tv_sec, before.tv_nsec, left);
	close_both(pair);
}

static void timeouts(void)
{
	static const struct timespec times[] = { { 1000, 0 },    { 1000, 999999999 },
						 { INT_MAX, 0 }, { INT_MAX, 999999999 },
						 { 0, 0 },       { 0, 1 } };

	for (size_t i = 0; i < COUNT(times); i++) {
		left_of(times[i], 0, 2, MSG_DONTWAIT);
		left_of(times[i], 1, 2, MSG_DONTWAIT);
		left_of(times[i], 2, 2, 0);
		left_of(times[i], 3, 2, MSG_WAITFORONE);
		left_of(times[i], 1, 2, MSG_WAITFORONE);
		left_of(times[i], 0, 0, 0);
		left_of(times[i], 2, 0, 0);
	}
	/*
	 * The kernel checks the timeout only after a message has arrived: one message ends the wait when the time is
	 * over.
	 */
	left_of((struct timespec){ 0, 0 }, 1, 2, 0);
	left_of((struct timespec){ 0, 1 }, 1, 2, 0);
}

/* A timeout that can't be written back, or lies in unusual places. */
static void timeout_places(void)
{
	char *read_only = pages(1), *end = pages(1) + PAGE;
	struct timespec *times[] = { (struct timespec *)read_only, (struct timespec *)(end - 8),
				     (struct timespec *)(end - 65), (struct timespec *)(end - PAGE) };
	static const char *const text[] = { "in read-only memory", "at a page's end", "one byte off",
					    "at a page's start" };

	*times[0] = (struct timespec){ 1000, 0 };
	must(mprotect(read_only, PAGE, PROT_READ), "mprotect");
	for (unsigned i = may_fault() ? 0 : 1; i < COUNT(times); i++)
		for (unsigned queued = 0; queued < 3; queued++) {
			struct timespec thousand = { 1000, 0 };
			int pair[2];

			new_datagrams(pair, (int)queued);
			prepare(2, 0);
			if (i)
				memcpy(times[i], &thousand, sizeof thousand);
			fact(sc(SYS_RECVMMSG, pair[1], messages, 2, MSG_DONTWAIT, times[i]),
			     "recvmmsg of 2 where %u are, timeout %s", queued, text[i]);
			say("then the timeout is %s",
			    memcmp(times[i], &thousand, sizeof thousand) ? "changed" : "as it was");
			say_messages(2, 1);
			fact(sc(SYS_RECVMMSG, pair[1], messages, 2, MSG_DONTWAIT, NULL), "recvmmsg after that");
			close_both(pair);
		}
	munmap(read_only, 2 * PAGE);
	munmap(end - PAGE, 2 * PAGE);
}

/* An error after the first message is returned by the next call. */
static void kept_error(void)
{
	struct sockaddr_storage a;
	socklen_t length;
	int fd = new_socket(AF_INET, SOCK_DGRAM), other = new_socket(AF_INET, SOCK_DGRAM),
	    gone = new_socket(AF_INET, SOCK_DGRAM);

	length = bind_any(gone, AF_INET, &a);
	close(gone);
	prepare(3, 1);
	messages[0].msg_hdr.msg_name = messages[1].msg_hdr.msg_name = messages[2].msg_hdr.msg_name = &a;
	messages[0].msg_hdr.msg_namelen = messages[1].msg_hdr.msg_namelen = messages[2].msg_hdr.msg_namelen = length;
	fact(sc(SYS_SENDMMSG, fd, messages, 3, 0), "sendmmsg to where nobody is, unconnected");
	must(sc(SYS_CONNECT, other, &a, length), "connect");
	prepare(3, 1);
	fact(sc(SYS_SENDMMSG, other, messages, 1, 0), "sendmmsg to where nobody is");
	wait_readable(other);
	fact(sc(SYS_SENDMMSG, other, messages, 3, 0), "sendmmsg to where nobody was");
	close(fd);
	close(other);
}

/* libc may make these calls directly, and the kernel or a filter may not have them. */
static bool there(void)
{
	return sc(SYS_RECVMMSG, -1, messages, 0, 0, NULL) != -ENOSYS && sc(SYS_SENDMMSG, -1, messages, 0, 0) != -ENOSYS;
}

static void all_facts(void)
{
	static const uint32_t counts[] = { 0, 1, 2, 3, 4, 1024, 1025 };
	static const int flags[] = { MSG_DONTWAIT, MSG_WAITFORONE, MSG_PEEK | MSG_DONTWAIT, MSG_TRUNC | MSG_DONTWAIT };

	set_context("%s:", door->name);
	for (size_t i = 0; i < COUNT(counts); i++)
		for (size_t k = 0; k < COUNT(flags); k++)
			some(3, counts[i], flags[k]);
	for (unsigned queued = 1; queued < 4; queued++)
		some(queued, queued, 0);
	some(0, 3, MSG_DONTWAIT);
	some(3, 3, (int)0x80000000 | MSG_DONTWAIT);
	send_many(3);
	send_many(1024);
	send_many(1025);
	send_many(0xffffffff);
	send_many(0);
	receive_many(1024);
	receive_many(1100);
	for (int how = 0; how < 4; how++) {
		bad_third(SYS_SENDMMSG, how);
		bad_third(SYS_RECVMMSG, how);
	}
	array_ends(SYS_SENDMMSG);
	array_ends(SYS_RECVMMSG);
	partial_send();
	bad_timeouts();
	timeouts();
	timeout_places();
	kept_error();
}

int main(void)
{
	static const struct door *const doors[] = { &door_raw, &door_libc, &door_syscall };

	oracle_begin("mmsg");
	for (size_t i = 0; i < COUNT(doors); i++) {
		door = doors[i];
		if (there())
			all_facts();
		else
			say("%s: no such calls", door->name);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT
 * A sample of each of the twenty calls: words with which it succeeds, each of which matters, and a line with its
 * results. To make a call in another way, make it between sample_begin() and sample_end(). */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "oracle.h"

struct sample {
	int call;
	uint32_t words[6]; /* words beyond the call's arity are arbitrary values */
	const char *tag;   /* part of its sockets' names, different in every thread */
	int fds[4];        /* the call is made on fds[0]; -1: on none */
	int pair[2];
	struct sockaddr_storage address;
	socklen_t length;
	char buffer[2][32];
	struct iovec parts[2];
	struct mmsghdr messages[3];
	struct timespec timeout;
	int value;
};

enum { JUNK = 0xbad0beef };

static socklen_t sample_name(const struct sample *s, const char *what, struct sockaddr_un *a)
{
	char name[64];

	snprintf(name, sizeof name, "%s %s", s->tag, what);
	return abstract(a, name);
}

static int sample_bound(const struct sample *s, int type, const char *what)
{
	struct sockaddr_un a;
	int fd = new_socket(AF_UNIX, type | SOCK_CLOEXEC);

	must(sc(SYS_BIND, fd, &a, sample_name(s, what, &a)), "bind");
	return fd;
}

static void sample_connect(const struct sample *s, int fd, const char *what)
{
	struct sockaddr_un a;

	must(sc(SYS_CONNECT, fd, &a, sample_name(s, what, &a)), "connect");
}

/* fds[0] listens. */
static void sample_listener(struct sample *s)
{
	s->fds[0] = sample_bound(s, SOCK_SEQPACKET, "listener");
	must(sc(SYS_LISTEN, s->fds[0], 2), "listen");
}

/* fds[0] listens, and fds[1], whose address is "client", has connected. */
static void sample_pending(struct sample *s)
{
	sample_listener(s);
	s->fds[1] = sample_bound(s, SOCK_SEQPACKET, "client");
	sample_connect(s, s->fds[1], "listener");
}

/* fds[1], which has the name "sender", has sent two datagrams to fds[0], "receiver". */
static void sample_datagrams(struct sample *s)
{
	s->fds[0] = sample_bound(s, SOCK_DGRAM, "receiver");
	s->fds[1] = sample_bound(s, SOCK_DGRAM, "sender");
	sample_connect(s, s->fds[1], "receiver");
	must(write(s->fds[1], "the first datagram", 18), "write");
	must(write(s->fds[1], "another", 7), "write");
}

static void sample_messages(struct sample *s, unsigned count)
{
	for (unsigned i = 0; i < 2; i++)
		s->parts[i] = (struct iovec){ s->buffer[i], 8 };
	for (unsigned i = 0; i < count; i++)
		s->messages[i].msg_hdr = (struct msghdr){ .msg_iov = &s->parts[i & 1], .msg_iovlen = 1 };
}

/* Sets the words from the first on; those beyond the call's arity are arbitrary values. */
static void sample_words(struct sample *s, ...)
{
	va_list list;

	va_start(list, s);
	for (unsigned i = 0; i < 6; i++)
		s->words[i] = i < words_of[s->call] ? va_arg(list, uint32_t) : (uint32_t)JUNK;
	va_end(list);
}

static void sample_begin_out(struct sample *s)
{
	s->length = sizeof s->address;
	switch (s->call) {
	case SYS_ACCEPT:
	case SYS_ACCEPT4:
		sample_pending(s);
		sample_words(s, s->fds[0], &s->address, &s->length, SOCK_CLOEXEC | SOCK_NONBLOCK);
		break;
	case SYS_GETSOCKNAME:
	case SYS_GETPEERNAME:
		sample_pending(s);
		s->fds[2] = s->fds[0];
		s->fds[0] = s->fds[1];
		s->fds[1] = -1;
		sample_words(s, s->fds[0], &s->address, &s->length);
		break;
	case SYS_RECV:
		sample_datagrams(s);
		sample_words(s, s->fds[0], s->buffer[0], 9, MSG_TRUNC | MSG_DONTWAIT);
		break;
	case SYS_RECVFROM:
		sample_datagrams(s);
		sample_words(s, s->fds[0], s->buffer[0], 9, MSG_TRUNC | MSG_DONTWAIT, &s->address, &s->length);
		break;
	case SYS_RECVMSG:
		sample_datagrams(s);
		sample_messages(s, 1);
		s->messages[0].msg_hdr.msg_name = &s->address;
		s->messages[0].msg_hdr.msg_namelen = sizeof s->address;
		sample_words(s, s->fds[0], &s->messages[0].msg_hdr, MSG_TRUNC | MSG_DONTWAIT);
		break;
	case SYS_RECVMMSG:
		sample_datagrams(s);
		sample_messages(s, 3);
		s->timeout = (struct timespec){ 300, 0 };
		sample_words(s, s->fds[0], s->messages, 3, MSG_WAITFORONE, &s->timeout);
		break;
	case SYS_GETSOCKOPT:
		s->fds[0] = new_socket(AF_UNIX, SOCK_SEQPACKET);
		s->length = sizeof s->value;
		sample_words(s, s->fds[0], SOL_SOCKET, SO_TYPE, &s->value, &s->length);
		break;
	}
}

/* Creates the sockets that the call needs, and fills in the words. */
MAYBE_UNUSED static void sample_begin(struct sample *s, int call, const char *tag)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&s->address;

	*s = (struct sample){ .call = call, .tag = tag, .fds = { -1, -1, -1, -1 }, .pair = { -1, -1 }, .value = -1 };
	switch (call) {
	case SYS_SOCKET:
		sample_words(s, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		break;
	case SYS_BIND:
		s->fds[0] = new_socket(AF_UNIX, SOCK_STREAM);
		sample_words(s, s->fds[0], un, sample_name(s, "bound", un));
		break;
	case SYS_CONNECT:
		sample_listener(s);
		s->fds[1] = s->fds[0];
		s->fds[0] = new_socket(AF_UNIX, SOCK_SEQPACKET);
		sample_words(s, s->fds[0], un, sample_name(s, "listener", un));
		break;
	case SYS_LISTEN:
		s->fds[0] = sample_bound(s, SOCK_STREAM, "listener");
		sample_words(s, s->fds[0], 0);
		break;
	case SYS_SOCKETPAIR:
		sample_words(s, AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, s->pair);
		break;
	case SYS_SEND:
		new_pair(SOCK_SEQPACKET, s->fds);
		sample_words(s, s->fds[0], "a packet, and more", 8, MSG_EOR | MSG_DONTWAIT);
		break;
	case SYS_SENDTO:
		s->fds[0] = sample_bound(s, SOCK_DGRAM, "sender");
		s->fds[1] = sample_bound(s, SOCK_DGRAM, "receiver");
		sample_words(s, s->fds[0], "a datagram, and more", 10, MSG_DONTWAIT, un,
			     sample_name(s, "receiver", un));
		break;
	case SYS_SHUTDOWN:
		new_pair(SOCK_STREAM, s->fds);
		sample_words(s, s->fds[0], SHUT_WR);
		break;
	case SYS_SETSOCKOPT:
		s->fds[0] = new_socket(AF_UNIX, SOCK_STREAM);
		s->timeout = (struct timespec){ 3, 500000 };
		sample_words(s, s->fds[0], SOL_SOCKET, SO_RCVTIMEO, &s->timeout, sizeof s->timeout);
		break;
	case SYS_SENDMSG:
		new_pair(SOCK_SEQPACKET, s->fds);
		sample_messages(s, 1);
		memcpy(s->buffer, "message and", 11);
		sample_words(s, s->fds[0], &s->messages[0].msg_hdr, MSG_EOR);
		break;
	case SYS_SENDMMSG:
		new_pair(SOCK_SEQPACKET, s->fds);
		sample_messages(s, 2);
		strcpy(s->buffer[0], "message 1");
		strcpy(s->buffer[1], "message 2");
		sample_words(s, s->fds[0], s->messages, 2, MSG_EOR);
		break;
	default:
		sample_begin_out(s);
	}
}

/* The same with a bad descriptor, for the calls that have a descriptor. */
MAYBE_UNUSED static int sample_break(struct sample *s)
{
	if (s->call == SYS_SOCKET || s->call == SYS_SOCKETPAIR)
		return 0;
	s->words[0] = (uint32_t)-1;
	return 1;
}

MAYBE_UNUSED static const char *descriptor(int fd)
{
	char *text = scratch();
	int type = -1;
	socklen_t length = sizeof type;

	if (fcntl(fd, F_GETFD) < 0)
		return "no descriptor";
	sc(SYS_GETSOCKOPT, fd, SOL_SOCKET, SO_TYPE, &type, &length);
	sprintf(text, "type %d, %s, %s", type, fcntl(fd, F_GETFD) & FD_CLOEXEC ? "cloexec" : "no cloexec",
		fcntl(fd, F_GETFL) & O_NONBLOCK ? "nonblock" : "no nonblock");
	return text;
}

/* Prints what the other end has received. */
static const char *received(int fd)
{
	char text[64];
	ssize_t n = recv(fd, text, sizeof text, MSG_DONTWAIT);

	return n < 0 ? errno_name(errno) : bytes(text, (size_t)n);
}

static const char *sample_seen(struct sample *s, long r)
{
	char *text = scratch();
	socklen_t length = sizeof s->address;

	*text = '\0';
	switch (s->call) {
	case SYS_SOCKET:
		return descriptor((int)r);
	case SYS_BIND:
		memset(&s->address, 0, sizeof s->address);
		sc(SYS_GETSOCKNAME, s->fds[0], &s->address, &length);
		return address(&s->address, length);
	case SYS_CONNECT:
		return readable(s->fds[1]) ? "the listener has it" : "the listener has nothing";
	case SYS_LISTEN:
		length = sizeof s->value;
		sc(SYS_GETSOCKOPT, s->fds[0], SOL_SOCKET, SO_ACCEPTCONN, &s->value, &length);
		return s->value ? "listening" : "not listening";
	case SYS_ACCEPT:
	case SYS_ACCEPT4:
		sprintf(text, "%s, from %s", descriptor((int)r), address(&s->address, s->length));
		return text;
	case SYS_GETSOCKNAME:
	case SYS_GETPEERNAME:
		return address(&s->address, s->length);
	case SYS_SOCKETPAIR:
		sprintf(text, "%s; %s", descriptor(s->pair[0]), descriptor(s->pair[1]));
		return text;
	case SYS_SEND:
	case SYS_SENDTO:
	case SYS_SENDMSG:
		return received(s->fds[1]);
	case SYS_SHUTDOWN:
		return received(s->fds[1]);
	case SYS_RECV:
		return bytes(s->buffer[0], sizeof s->buffer[0]);
	case SYS_RECVFROM:
		sprintf(text, "%s from %s", bytes(s->buffer[0], sizeof s->buffer[0]), address(&s->address, s->length));
		return text;
	case SYS_SETSOCKOPT:
		length = sizeof s->timeout;
		sc(SYS_GETSOCKOPT, s->fds[0], SOL_SOCKET, SO_RCVTIMEO, &s->timeout, &length);
		sprintf(text, "%ld s %ld us, length %u", (long)s->timeout.tv_sec, s->timeout.tv_nsec, length);
		return text;
	case SYS_GETSOCKOPT:
		sprintf(text, "value %d, length %u", s->value, s->length);
		return text;
	case SYS_RECVMSG:
		sprintf(text, "%s from %s, flags %x", bytes(s->buffer[0], sizeof s->buffer[0]),
			address(&s->address, s->messages[0].msg_hdr.msg_namelen), s->messages[0].msg_hdr.msg_flags);
		return text;
	case SYS_RECVMMSG:
		sprintf(text, "%u %s, %u %s, flags %x %x, timeout %s", s->messages[0].msg_len, bytes(s->buffer[0], 32),
			s->messages[1].msg_len, bytes(s->buffer[1], 32), s->messages[0].msg_hdr.msg_flags,
			s->messages[1].msg_hdr.msg_flags, s->timeout.tv_sec == 300 ? "as it was" : "less");
		return text;
	case SYS_SENDMMSG:
		sprintf(text, "%u %s, %u %s", s->messages[0].msg_len, received(s->fds[1]), s->messages[1].msg_len,
			received(s->fds[1]));
		return text;
	}
	return "?";
}

/* Prints the results, and closes all sockets. */
__attribute__((format(printf, 3, 4))) MAYBE_UNUSED static void sample_end(struct sample *s, long r, const char *format,
									  ...)
{
	int makes_fd = s->call == SYS_SOCKET || s->call == SYS_ACCEPT || s->call == SYS_ACCEPT4;
	char sentence[256];
	va_list list;

	va_start(list, format);
	vsnprintf(sentence, sizeof sentence, format, list);
	va_end(list);
	if (r < 0)
		fact(r, "%s %s", name_of[s->call], sentence);
	else
		say("%s %s: %s, %s", name_of[s->call], sentence, makes_fd ? "a descriptor" : result_text(r),
		    sample_seen(s, r));
	if (makes_fd && r >= 0)
		close((int)r);
	for (size_t i = 0; i < COUNT(s->fds); i++)
		if (s->fds[i] >= 0)
			close(s->fds[i]);
	for (size_t i = 0; i < COUNT(s->pair); i++)
		if (s->pair[i] >= 0)
			close(s->pair[i]);
}

/* Makes all twenty calls, each also with a bad descriptor, through the current door. */
MAYBE_UNUSED static void sample_all(const char *tag)
{
	for (int call = FIRST_CALL; call <= LAST_CALL; call++) {
		struct sample s;

		sample_begin(&s, call, tag);
		sample_end(&s, door->call(call, s.words), "(%s)", door->name);
		sample_begin(&s, call, tag);
		if (sample_break(&s))
			sample_end(&s, door->call(call, s.words), "(%s), no such descriptor", door->name);
		else
			sample_end(&s, -EBADF, "(%s) takes no descriptor", door->name);
	}
}

/* Every call by every door. */
MAYBE_UNUSED static void everything(const char *tag)
{
	static const struct door *const doors[] = { &door_raw, &door_libc, &door_syscall };

	set_context("%s:", tag);
	for (size_t i = 0; i < COUNT(doors); i++) {
		door = doors[i];
		sample_all(tag);
	}
	door = &door_raw;
	set_context("%s", "");
}

#endif

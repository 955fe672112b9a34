/* SPDX-License-Identifier: MIT
 * Part of the program `calls`: calls that send and receive, and those for options. */
#include "tests/unit/caller/calls.h"

static void send_recv_calls(void)
{
	char data[64] = "";
	static char large[1 << 20];
	int stream[2], dgram[2], udp = new_socket(AF_INET, SOCK_DGRAM), lone = new_socket(AF_UNIX, SOCK_STREAM);
	int tcp = new_socket(AF_INET, SOCK_STREAM);
	long got;

	new_pair(SOCK_STREAM, stream);
	new_pair(SOCK_DGRAM, dgram);
	IS(5, "send", SEND, (word)stream[0], P("hello"), 5, 0);
	IS(5, "recv with MSG_PEEK", RECV, (word)stream[1], P(data), sizeof data, MSG_PEEK);
	IS(5, "recv of the bytes that MSG_PEEK left", RECV, (word)stream[1], P(data), sizeof data, 0);
	ok_got(memcmp(data, "hello", 5) == 0, data[0], "the received bytes are those that were sent");
	IS(-EAGAIN, "recv with MSG_DONTWAIT and nothing there is EAGAIN", RECV, (word)stream[1], P(data), sizeof data,
	   MSG_DONTWAIT);
	IS(5, "send of a datagram", SEND, (word)dgram[0], P("hello"), 5, 0);
	IS(5, "recv of 2 bytes with MSG_TRUNC returns the datagram's 5", RECV, (word)dgram[1], P(data), 2, MSG_TRUNC);
	do
		got = CALLS(SEND, (word)stream[0], P(large), sizeof large, MSG_DONTWAIT);
	while (got > 0);
	ok_got(got == -EAGAIN, got, "send with MSG_DONTWAIT and no room is EAGAIN");
	IS(-EMSGSIZE, "send of too long a datagram is EMSGSIZE", SEND, (word)dgram[0], P(large), sizeof large, 0);
	IS(-EFAULT, "send of memory that can't be read is EFAULT", SEND, (word)dgram[0], P(nowhere), 5, 0);
	IS(-ENOTCONN, "send without a peer is ENOTCONN", SEND, (word)lone, P(data), 1, 0);
	IS(-EDESTADDRREQ, "send without an address is EDESTADDRREQ", SEND, (word)udp, P(data), 1, 0);
	IS(-EOPNOTSUPP, "send with a flag that the socket lacks is EOPNOTSUPP", SEND, (word)dgram[0], P(data), 1,
	   MSG_OOB);
	IS(-EINVAL, "recv of a stream without a peer is EINVAL", RECV, (word)lone, P(data), 1, 0);
	IS(-ENOTCONN, "recv of a TCP socket without a peer is ENOTCONN", RECV, (word)tcp, P(data), 1, 0);
	must(CALLS(SEND, (word)dgram[0], P("hello"), 5, 0) == 5, "send");
	IS(-EFAULT, "recv to memory that can't be written is EFAULT", RECV, (word)dgram[1], P(nowhere), 5, 0);
	close(stream[1]);
	IS(-EPIPE, "send to a closed peer is EPIPE", SEND, (word)stream[0], P(data), 1, MSG_NOSIGNAL);
	close(stream[0]);
	close(dgram[0]);
	close(dgram[1]);
	close(udp);
	close(lone);
	close(tcp);
}

static void sendto_recvfrom_calls(void)
{
	struct sockaddr_un name = abstract_name("sendto"), absent = abstract_name("nobody");
	struct sockaddr_in at, from;
	int udp = new_socket(AF_INET, SOCK_DGRAM), sender = new_socket(AF_INET, SOCK_DGRAM), stream[2];
	int dgram = new_socket(AF_UNIX, SOCK_DGRAM);
	socklen_t length = sizeof from, negative = (socklen_t)-1;
	char data[16] = "";

	at = loopback(udp);
	new_pair(SOCK_STREAM, stream);
	IS(5, "sendto an address", SENDTO, (word)sender, P("hello"), 5, 0, P(&at), sizeof at);
	IS(5, "recvfrom", RECVFROM, (word)udp, P(data), sizeof data, 0, P(&from), P(&length));
	ok_got(memcmp(data, "hello", 5) == 0, data[0], "the received bytes are those that were sent");
	ok_got(length == sizeof from && from.sin_family == AF_INET && from.sin_port != 0, (long)length,
	       "recvfrom returns the sender's address");
	IS(-EFAULT, "sendto an address that can't be read is EFAULT", SENDTO, (word)sender, P("hello"), 5, 0,
	   P(nowhere), sizeof at);
	IS(-EINVAL, "sendto with a length of -1 is EINVAL", SENDTO, (word)sender, P("hello"), 5, 0, P(&at), (word)-1);
	IS(-EISCONN, "sendto over a connected stream is EISCONN", SENDTO, (word)stream[0], P("hello"), 5, 0, P(&name),
	   named_length(&name));
	IS(-ECONNREFUSED, "sendto a name that no socket has is ECONNREFUSED", SENDTO, (word)dgram, P("hello"), 5, 0,
	   P(&absent), named_length(&absent));
	IS(0, "sendto of no bytes", SENDTO, (word)sender, 0, 0, 0, P(&at), sizeof at);
	IS(0, "recvfrom of no bytes, without an address", RECVFROM, (word)udp, P(data), sizeof data, 0, 0, 0);
	IS(-EAGAIN, "recvfrom with MSG_DONTWAIT and nothing there is EAGAIN", RECVFROM, (word)udp, P(data), sizeof data,
	   MSG_DONTWAIT, 0, 0);
	must(CALLS(SENDTO, (word)sender, P("hello"), 5, 0, P(&at), sizeof at) == 5, "sendto");
	IS(-EINVAL, "recvfrom with a length of -1 is EINVAL", RECVFROM, (word)udp, P(data), sizeof data, 0, P(&from),
	   P(&negative));
	must(CALLS(SENDTO, (word)sender, P("hello"), 5, 0, P(&at), sizeof at) == 5, "sendto");
	IS(-EFAULT, "recvfrom with an unreadable length is EFAULT", RECVFROM, (word)udp, P(data), sizeof data, 0,
	   P(&from), P(nowhere));
	close(udp);
	close(sender);
	close(dgram);
	close(stream[0]);
	close(stream[1]);
}

static void option_calls(void)
{
	int pair[2], value = 0, one = 1;
	socklen_t length = sizeof value, negative = (socklen_t)-1;

	new_pair(SOCK_SEQPACKET, pair);
	IS(0, "getsockopt", GETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_TYPE, P(&value), P(&length));
	ok_got(value == SOCK_SEQPACKET && length == sizeof value, value, "getsockopt returns the socket's type");
	IS(0, "setsockopt", SETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_PASSCRED, P(&one), sizeof one);
	value = 0;
	IS(0, "getsockopt of an option that was set", GETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_PASSCRED, P(&value),
	   P(&length));
	ok_got(value == 1, value, "getsockopt returns the value that was set");
	IS(-ENOPROTOOPT, "getsockopt of an unknown option is ENOPROTOOPT", GETSOCKOPT, (word)pair[0], SOL_SOCKET, 9999,
	   P(&value), P(&length));
	IS(-EINVAL, "getsockopt with a length of -1 is EINVAL", GETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_TYPE,
	   P(&value), P(&negative));
	IS(-EFAULT, "getsockopt with an unreadable length is EFAULT", GETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_TYPE,
	   P(&value), P(nowhere));
	IS(-EFAULT, "getsockopt to memory that can't be written is EFAULT", GETSOCKOPT, (word)pair[0], SOL_SOCKET,
	   SO_TYPE, P(nowhere), P(&length));
	IS(-ENOPROTOOPT, "setsockopt of an unknown option is ENOPROTOOPT", SETSOCKOPT, (word)pair[0], SOL_SOCKET, 9999,
	   P(&one), sizeof one);
	IS(-EINVAL, "setsockopt with too short a value is EINVAL", SETSOCKOPT, (word)pair[0], SOL_SOCKET, SO_PASSCRED,
	   P(&one), 1);
	IS(-EFAULT, "setsockopt of memory that can't be read is EFAULT", SETSOCKOPT, (word)pair[0], SOL_SOCKET,
	   SO_PASSCRED, P(nowhere), sizeof one);
	close(pair[0]);
	close(pair[1]);
}

union rights {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void message_calls(void)
{
	union rights out = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS }
	};
	union rights in;
	char first[4] = "", second[16] = "";
	struct iovec parts[2] = { { (char *)"hel", 3 }, { (char *)"lo", 2 } },
		     places[2] = { { first, 3 }, { second, 16 } };
	static struct iovec many[1025];
	struct msghdr message = {
		.msg_iov = parts, .msg_iovlen = 2, .msg_control = &out, .msg_controllen = sizeof out
	};
	int pair[2], passed = -1;

	new_pair(SOCK_DGRAM, pair);
	memcpy(CMSG_DATA(&out.header), &file, sizeof file);
	IS(5, "sendmsg of two parts and a descriptor", SENDMSG, (word)pair[0], P(&message), 0);
	message =
		(struct msghdr){ .msg_iov = places, .msg_iovlen = 2, .msg_control = &in, .msg_controllen = sizeof in };
	IS(5, "recvmsg into two parts", RECVMSG, (word)pair[1], P(&message), MSG_CMSG_CLOEXEC);
	ok_got(memcmp(first, "hel", 3) == 0 && memcmp(second, "lo", 2) == 0, first[0],
	       "the received bytes are those that were sent");
	ok_got(message.msg_controllen == CMSG_SPACE(sizeof(int)) || message.msg_controllen == CMSG_LEN(sizeof(int)),
	       (long)message.msg_controllen, "recvmsg returns the length of the control data");
	memcpy(&passed, CMSG_DATA(&in.header), sizeof passed);
	ok_got(in.header.cmsg_type == SCM_RIGHTS && fcntl(passed, F_GETFD) == FD_CLOEXEC, passed,
	       "recvmsg returns the descriptor, with close-on-exec");
	close(passed);

	message = (struct msghdr){ .msg_iov = parts, .msg_iovlen = 2 };
	must(CALLS(SENDMSG, (word)pair[0], P(&message), 0) == 5, "sendmsg");
	message = (struct msghdr){ .msg_iov = places, .msg_iovlen = 1 };
	IS(3, "recvmsg into less room than was sent", RECVMSG, (word)pair[1], P(&message), 0);
	ok_got(message.msg_flags & MSG_TRUNC, message.msg_flags, "recvmsg sets MSG_TRUNC");

	message = (struct msghdr){ .msg_iov = many, .msg_iovlen = 1025 };
	IS(-EMSGSIZE, "sendmsg of 1025 parts is EMSGSIZE", SENDMSG, (word)pair[0], P(&message), 0);
	IS(-EMSGSIZE, "recvmsg into 1025 parts is EMSGSIZE", RECVMSG, (word)pair[1], P(&message), MSG_DONTWAIT);
	IS(-EFAULT, "sendmsg of a message that can't be read is EFAULT", SENDMSG, (word)pair[0], P(nowhere), 0);
	IS(-EFAULT, "recvmsg to a message that can't be read is EFAULT", RECVMSG, (word)pair[1], P(nowhere), 0);
	message = (struct msghdr){ .msg_iov = places, .msg_iovlen = 2 };
	IS(-EAGAIN, "recvmsg with MSG_DONTWAIT and nothing there is EAGAIN", RECVMSG, (word)pair[1], P(&message),
	   MSG_DONTWAIT);
	out.header.cmsg_len = 1;
	message =
		(struct msghdr){ .msg_iov = parts, .msg_iovlen = 2, .msg_control = &out, .msg_controllen = sizeof out };
	IS(-EINVAL, "sendmsg with too short a control message is EINVAL", SENDMSG, (word)pair[0], P(&message), 0);
	close(pair[0]);
	close(pair[1]);
}

static void messages_calls(void)
{
	char data[2][8] = { "one", "three" };
	struct iovec parts[2] = { { data[0], 3 }, { data[1], 5 } };
	struct mmsghdr messages[2] = { { .msg_hdr = { .msg_iov = &parts[0], .msg_iovlen = 1 } },
				       { .msg_hdr = { .msg_iov = &parts[1], .msg_iovlen = 1 } } };
	/* the kernel's timespec for these calls, which may differ from libc's */
	struct {
		__typeof__(__builtin_choose_expr((int)socketcall_number_recvmmsg != NONE, 0L, 0LL)) seconds,
			nanoseconds;
	} soon = { 5, 0 }, bad = { 0, 1000000000 };
	int pair[2];

	new_pair(SOCK_DGRAM, pair);
	IS(2, "sendmmsg of two", SENDMMSG, (word)pair[0], P(messages), 2, 0);
	ok_got(messages[0].msg_len == 3 && messages[1].msg_len == 5, (long)messages[1].msg_len,
	       "sendmmsg returns the messages' lengths");
	messages[0].msg_len = messages[1].msg_len = 0;
	parts[0].iov_len = parts[1].iov_len = 8;
	IS(2, "recvmmsg of two with a timeout", RECVMMSG, (word)pair[1], P(messages), 2, 0, P(&soon));
	ok_got(messages[0].msg_len == 3 && messages[1].msg_len == 5, (long)messages[1].msg_len,
	       "recvmmsg returns the messages' lengths");
	ok_got(soon.seconds < 5 && soon.nanoseconds > 0, (long)soon.seconds, "recvmmsg writes the remaining time");
	IS(-EAGAIN, "recvmmsg with MSG_DONTWAIT and nothing there is EAGAIN", RECVMMSG, (word)pair[1], P(messages), 2,
	   MSG_DONTWAIT, 0);
	IS(-EINVAL, "recvmmsg with a bad timeout is EINVAL", RECVMMSG, (word)pair[1], P(messages), 2, MSG_DONTWAIT,
	   P(&bad));
	IS(-EINVAL, "recvmmsg checks the timeout before the descriptor", RECVMMSG, (word)-1, P(messages), 2, 0,
	   P(&bad));
	IS(-EFAULT, "recvmmsg with an unreadable timeout is EFAULT", RECVMMSG, (word)-1, P(messages), 2, 0, P(nowhere));
	IS(2, "sendmmsg once more", SENDMMSG, (word)pair[0], P(messages), 2, 0);
	IS(1, "recvmmsg of one", RECVMMSG, (word)pair[1], P(messages), 1, 0, 0);
	IS(1, "recvmmsg of two with MSG_WAITFORONE, when one is there", RECVMMSG, (word)pair[1], P(messages), 2,
	   MSG_WAITFORONE, 0);
	IS(-EFAULT, "sendmmsg of messages that can't be read is EFAULT", SENDMMSG, (word)pair[0], P(nowhere), 1, 0);
	IS(-EFAULT, "recvmmsg to messages that can't be read is EFAULT", RECVMMSG, (word)pair[1], P(nowhere), 1,
	   MSG_DONTWAIT, 0);
	messages[1].msg_hdr.msg_iov = (struct iovec *)nowhere;
	IS(1, "sendmmsg stops at the message that can't be read", SENDMMSG, (word)pair[0], P(messages), 2, 0);
	IS(0, "sendmmsg of none", SENDMMSG, (word)pair[0], P(messages), 0, 0);
	close(pair[0]);
	close(pair[1]);
}

void transfer_calls(void)
{
	send_recv_calls();
	sendto_recvfrom_calls();
	option_calls();
	message_calls();
	messages_calls();
}

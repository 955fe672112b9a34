/* SPDX-License-Identifier: MIT
 * Compares the names in policies with the kernel's headers.
 */
#include <errno.h>
#include <linux/can.h>
#include <linux/capability.h>
#include <linux/in.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "policy/words.h"
#include "tests/fixtures/tap.h"

/* Some machines' headers are older than these. */
#ifndef IPPROTO_SMC
#define IPPROTO_SMC 256
#endif
#ifndef IPPROTO_L2TP
#define IPPROTO_L2TP 115
#endif

#define NAMED_ERRNO(name, number) _Static_assert((name) == (number), #name);
#include "abi/errnames.def"
#define CAPABILITY(name, number) _Static_assert(CAP_##name == (number), #name);
#include "abi/capabilities.def"

enum {
	/* The kernel doesn't export Bluetooth's header, include/net/bluetooth/bluetooth.h. */
	BTPROTO_L2CAP = 0,
	BTPROTO_HCI,
	BTPROTO_SCO,
	BTPROTO_RFCOMM,
	BTPROTO_BNEP,
	BTPROTO_CMTP,
	BTPROTO_HIDP,
	BTPROTO_AVDTP,
	BTPROTO_ISO,
};
#define IPPROTO_ICMPV6                         58
#define PROTOCOL(family, prefix, name, number) _Static_assert((int)prefix##name == (number), #name);
#include "abi/protocols.def"

static struct policy_word word(const char *text)
{
	return (struct policy_word){ text, strlen(text) };
}

int main(void)
{
	static const struct {
		const char *text;
		int number;
	} families[] = {
		{ "AF_UNIX", AF_UNIX },
		{ "unix", AF_UNIX },
		{ "AF_LOCAL", AF_UNIX },
		{ "PF_FILE", AF_UNIX },
		{ "route", AF_NETLINK },
		{ "AF_DECnet", AF_DECnet },
		{ "44", AF_XDP },
		{ "65535", 65535 },
		{ "AF_", -1 },
		{ "AF_AF_INET", -1 },
		{ "+1", -1 },
		{ " 1", -1 },
		{ "99999999999999", -1 },
		{ "INETINETINETINETINETINETINETINETINETINETINET", -1 },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		ok_got(policy_family(word(families[i].text)) == families[i].number,
		       policy_family(word(families[i].text)), "the family '%s'", families[i].text);
	ok(policy_type(word("SOCK_DCCP")) == 6 && policy_type(word("rdm")) == 4 && policy_type(word("15")) == 15,
	   "types by name and by number");
	ok(policy_type(word("0")) == -1 && policy_type(word("16")) == -1 && policy_type(word("SOCK_")) == -1,
	   "words that are no types");
	ok(policy_protocol(AF_INET6, word("IPPROTO_UDPLITE")) == 136 &&
		   policy_protocol(AF_NETLINK, word("audit")) == 9 && policy_protocol(AF_CAN, word("CAN_BCM")) == 2 &&
		   policy_protocol(AF_UNIX, word("1")) == 1,
	   "protocols by name and by number");
	ok(policy_protocol(AF_UNIX, word("TCP")) == -1 && policy_protocol(AF_INET, word("NETLINK_ROUTE")) == -1,
	   "a protocol of another family");
	for (int error = 1; error <= EHWPOISON; error++)
		good = good && (!policy_errno_name(error) || policy_errno(word(policy_errno_name(error))) == error);
	ok(good && policy_errno(word("EWOULDBLOCK")) == EAGAIN && policy_errno(word("ENOTSUP")) == EOPNOTSUPP,
	   "each error's name is that error");
	ok(strcmp(policy_errno_name(EAGAIN), "EAGAIN") == 0 && strcmp(policy_errno_name(EOPNOTSUPP), "EOPNOTSUPP") == 0,
	   "of two names for an error the usual one is printed");
	ok(policy_zero_protocol(AF_INET6, SOCK_DGRAM) == 17 &&
		   policy_zero_protocol(AF_UNIX, SOCK_SEQPACKET) == AF_UNIX &&
		   policy_zero_protocol(AF_NETLINK, SOCK_RAW) == 0,
	   "the protocol that 0 means");
	ok(policy_made_protocol(AF_INET, SOCK_STREAM, 0) == 6 &&
		   policy_made_protocol(AF_INET, SOCK_STREAM, 262) == 262 &&
		   policy_made_protocol(AF_UNIX, SOCK_STREAM, AF_UNIX) == 0 &&
		   policy_made_protocol(AF_NETLINK, SOCK_RAW, 9) == 9,
	   "protocol 0 becomes the protocol that the kernel uses");
	ok(policy_made_type(AF_UNIX, SOCK_RAW) == SOCK_DGRAM && policy_made_type(AF_INET, SOCK_RAW) == SOCK_RAW,
	   "the type that the kernel makes");
	ok(policy_capability(word("CAP_BPF")) == CAP_BPF && policy_capability(word("CAP_")) == -1, "capabilities");
	ok(policy_number(word("65535"), 65535) == 65535 && policy_number(word("65536"), 65535) == -1 &&
		   policy_number(word(""), 9) == -1 && policy_number(word("1a"), 99) == -1,
	   "numbers");
	return plan();
}

/* SPDX-License-Identifier: MIT */
#include "agent/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter/build.h"
#include "filter/filter.h"
#include "filter/load.h"

enum { FILTER_MOST = 64 /* instructions */ };

/* Drops all capabilities but those whose bits are set in `keep`, makes none inheritable, and sets no_new_privs. */
static int keep_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	if (syscall(SYS_capget, &header, data))
		return -errno;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (syscall(SYS_capset, &header, data))
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -errno : 0;
}

int agent_confine_server(void)
{
	return keep_capabilities(UINT64_C(1) << CAP_SYS_PTRACE | UINT64_C(1) << CAP_DAC_OVERRIDE);
}

int agent_confine_worker(void)
{
	static const uint32_t allowed[] = {
		SYS_pread64, SYS_pwrite64, SYS_sendmsg, SYS_recvmsg, SYS_close, SYS_exit_group,
	};
	struct sock_filter filter[FILTER_MOST];
	struct build_note notes[FILTER_MOST];
	struct build_label allow, refuse, kill;
	struct build b;
	int r = keep_capabilities(0);

	if (r)
		return r;
	build_begin(&b, filter, notes, FILTER_MOST);
	allow = build_label(&b);
	refuse = build_label(&b);
	kill = build_label(&b);
	build_read(&b, FILTER_ARCH);
	build_jump_unless_equal(&b, AUDIT_ARCH_X86_64, kill);
	build_read(&b, FILTER_NUMBER);
	for (unsigned i = 0; i < sizeof allowed / sizeof *allowed; i++)
		build_jump_if_equal(&b, allowed[i], allow);
	build_jump_if_equal(&b, SYS_ptrace, refuse);
	build_here(&b, kill);
	build_return(&b, SECCOMP_RET_KILL_PROCESS);
	build_here(&b, refuse);
	build_return(&b, SECCOMP_RET_ERRNO | EPERM);
	build_here(&b, allow);
	build_return(&b, SECCOMP_RET_ALLOW);
	return filter_load(filter, build_end(&b));
}

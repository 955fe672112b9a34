/* SPDX-License-Identifier: MIT
 * Drops privileges of the agent's processes. capabilities(7), docs/agent-security.md. */
#ifndef AGENT_CONFINE_H
#define AGENT_CONFINE_H

/*
 * Drops all capabilities but the two that serving needs, and sets no_new_privs. CAP_SYS_PTRACE is for tracing and for
 * opening /proc/PID/mem; CAP_DAC_OVERRIDE is needed because /proc/PID/mem belongs to the process' user. Returns 0 or
 * -errno.
 */
int agent_confine_server(void);

/*
 * Leaves a worker only what it needs to read and write the descriptors that it is sent. Drops all capabilities, and
 * loads a seccomp filter that allows pread(), pwrite(), sendmsg(), recvmsg(), close() and exit_group(). ptrace(2) gets
 * EPERM, because memory_write() tries it when pwrite() fails. Every other call kills the process. Returns 0 or -errno.
 */
int agent_confine_worker(void);

#endif

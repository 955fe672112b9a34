/* SPDX-License-Identifier: MIT
 * What an agent's processes give up. capabilities(7), docs/agent-security.md. */
#ifndef AGENT_CONFINE_H
#define AGENT_CONFINE_H

/*
 * Gives up all capabilities but those that serving takes, and sets no_new_privs: CAP_SYS_PTRACE, and CAP_DAC_OVERRIDE,
 * because /proc/PID/mem belongs to the process' user. 0 or -errno.
 */
int agent_confine_server(void);

/*
 * Gives up everything that reading and writing of handed descriptors doesn't take: all capabilities, and by a
 * seccomp filter all system calls but those that read and write at a position, pass and close descriptors, and exit;
 * any other one kills the process, but for ptrace(2), by which memory_write() tries again what a file can't do: EPERM.
 * 0 or -errno.
 */
int agent_confine_worker(void);

#endif

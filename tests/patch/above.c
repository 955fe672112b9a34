/* SPDX-License-Identifier: MIT
 *
 * For tests: in the place of run/supervise/beside.c, so that `socketcall run` stands above its program as it does where Yama
 * gives a process just the memory of its descendants.
 */
#include "run/supervise/handshake.h"

#include <errno.h>

int supervisor_beside(supervisor_report *report, struct supervisor_refusal *refusal)
{
	(void)report;
	return start_refuse(refusal, SUPERVISOR_NO_MEMORY, EPERM);
}

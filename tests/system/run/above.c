/* SPDX-License-Identifier: MIT
 *
 * Replaces run/supervise/beside.c in a test build: a supervisor beside is always refused, so `socketcall run` stands
 * above its program, as under Yama, which lets a process write only its descendants' memory.
 */
#include "run/supervise/supervisor.h"

#include <errno.h>

enum supervisor_start supervisor_beside(const struct supervisor_options *options, struct supervisor_refusal *refusal)
{
	(void)options;
	*refusal = (struct supervisor_refusal){ .obstacle = SUPERVISOR_NO_MEMORY, .error = -EPERM };
	return SUPERVISOR_REFUSED;
}

/* SPDX-License-Identifier: MIT
 *
 * For tests: in the place of run/supervise/beside.c, so that `socketcall run` stands above its program as it does where
 * Yama gives a process just the memory of its descendants.
 */
#include "run/supervise/supervisor.h"

#include <errno.h>

enum supervisor_start supervisor_beside(const struct supervisor_options *options, struct supervisor_refusal *refusal)
{
	(void)options;
	*refusal = (struct supervisor_refusal){ .obstacle = SUPERVISOR_NO_MEMORY, .error = -EPERM };
	return SUPERVISOR_REFUSED;
}

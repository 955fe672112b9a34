/* SPDX-License-Identifier: MIT
 * A library that a user has in LD_PRELOAD before ours. Its constructor makes sockets, too. */
#include "constructor.c"

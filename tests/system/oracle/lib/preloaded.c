/* SPDX-License-Identifier: MIT
 * What a user has in LD_PRELOAD before us: it, too, has a constructor that makes sockets. */
#include "constructor.c"

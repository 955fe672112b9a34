/* SPDX-License-Identifier: MIT
 * A library that a program is linked with. Its constructor makes sockets, too. */
#include "constructor.c"

/* SPDX-License-Identifier: MIT
 * What a program is linked with: its constructor, too, makes sockets. */
#include "constructor.c"

/* SPDX-License-Identifier: MIT */
#ifndef DIFFERENTIAL_OPTIONS_H
#define DIFFERENTIAL_OPTIONS_H

/* What the value of an option is made of (options.def), or null where that isn't known. */
const char *option_is(int level, int option);

#endif

/* SPDX-License-Identifier: MIT */
#ifndef DIFFERENTIAL_OPTIONS_H
#define DIFFERENTIAL_OPTIONS_H

/* Returns the format of an option's value (options.def), or null if it isn't known. */
const char *option_format(int level, int option);

#endif

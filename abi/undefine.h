/* SPDX-License-Identifier: MIT
 * Undefines the macros that native.h gives the *.def files. It is included before they are defined, and after their
 * last use. */
#undef CALL
#undef ARCH
#undef DOORS
#undef CALLER
#undef NUMBER
#undef SIGSET
#undef STRUCTURES
#undef ADDRESSES
#undef ERRNO
#undef OPTION
#undef TYPE
#undef NOTE
#undef NONE

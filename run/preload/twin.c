/* SPDX-License-Identifier: MIT
 * The preload for ABIs without socketcall. It is empty; it exists so that ld.so finds an object for LD_PRELOAD's path
 * in these programs, too, and prints no error. */
typedef int twin_is_empty;

/* SPDX-License-Identifier: MIT
 * The preload for the ABIs that have no socketcall: empty, so that ld.so has something to load and nothing to
 * complain of. */
typedef int twin_is_empty;

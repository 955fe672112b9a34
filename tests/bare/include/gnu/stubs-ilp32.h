/* SPDX-License-Identifier: MIT
 * riscv64's C library looks for this in 32-bit code, and hasn't got it. */

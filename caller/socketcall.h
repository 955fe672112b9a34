/* SPDX-License-Identifier: MIT
 * libsocketcall: the manual page's socketcall(2), on every architecture. The calls' numbers are SYS_SOCKET and so on in
 * <linux/net.h>, or SOCKETCALL_SOCKET and so on in <socketcall/abi/calls.h>. */
#ifndef SOCKETCALL_H
#define SOCKETCALL_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Makes call `call`, 1 to 20, with the arguments in the words that `args` points to. Returns what the call returns, or
 * -1 with errno set: EINVAL, there is no such call; EFAULT, args can't be read; ENOSYS, neither the direct call nor the
 * multiplexed one is open here; or whatever the call itself answers. See socketcall(3).
 */
int socketcall(int call, unsigned long *args);

#ifdef __cplusplus
}
#endif

#endif

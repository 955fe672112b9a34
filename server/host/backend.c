/* SPDX-License-Identifier: MIT */
#include "server/host/host.h"

const struct socketcall_backend socketcall_host_backend = {
	.lookup = socketcall_host_lookup,
	.socket = socketcall_host_socket,
	.bind = socketcall_host_bind,
	.connect = socketcall_host_connect,
	.listen = socketcall_host_listen,
	.accept4 = socketcall_host_accept4,
	.getsockname = socketcall_host_getsockname,
	.getpeername = socketcall_host_getpeername,
	.socketpair = socketcall_host_socketpair,
	.send = socketcall_host_send,
	.receive = socketcall_host_receive,
	.shutdown = socketcall_host_shutdown,
	.setsockopt = socketcall_host_setsockopt,
	.getsockopt = socketcall_host_getsockopt,
	.before_receiving = socketcall_host_before_receiving,
	.keep_error = socketcall_host_keep_error,
	.reserve = socketcall_host_reserve,
	.install = socketcall_host_install,
	.drop = socketcall_host_drop,
	.now = socketcall_host_now,
};

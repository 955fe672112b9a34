/* SPDX-License-Identifier: MIT */
#include "server/dispatch.h"

long socketcall_dispatch(const struct socketcall_operations *operations, void *server,
			 const struct socketcall_request *request)
{
	return dispatch_words(operations, server, request->call, request->word);
}

/* SPDX-License-Identifier: MIT */
#include "run/supervise/message.h"

#include "process/pass.h"

int message_send(int socket, struct message message, int descriptor)
{
	return pass_send(socket, &message, sizeof message, descriptor);
}

int message_receive(int socket, struct message *message, int *descriptor)
{
	*message = (struct message){ .kind = MESSAGE_REFUSED };
	return pass_receive(socket, message, sizeof *message, descriptor);
}

int message_peek(int socket, struct message *message, int *descriptor)
{
	*message = (struct message){ .kind = MESSAGE_REFUSED };
	return pass_peek(socket, message, sizeof *message, descriptor);
}

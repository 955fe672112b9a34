/* SPDX-License-Identifier: MIT
 * What the matrix and the JSON have in common. */
#include "cli/probe.h"

#include <stdio.h>
#include <string.h>

const struct probe_door_text probe_door_text[DOORS_COUNT] = {
#define DOOR(NAME, name, text, advice) { (name), (text), (advice) },
#include "probe/doors.def"
#undef DOOR
};

bool probe_multiplexed_works(const struct probe *probe)
{
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (!doors_call_through(DOORS_SOCKETCALL, call, &probe->multiplexed[call]))
			return false;
	return true;
}

bool probe_direct_works(const struct probe *probe)
{
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (probe->direct[call].how != DOORS_UNASKED &&
		    !doors_call_through(DOORS_I386, call, &probe->direct[call]))
			return false;
	return true;
}

bool probe_agree(const struct probe_family *family)
{
	return doors_agree(&family->socket) && doors_agree(&family->pair);
}

bool probe_is_closed(const struct probe_family *family)
{
	for (int i = 0; i < DOORS_COUNT; i++)
		if (!doors_is_closed(&family->socket.cell[i]) || !doors_is_closed(&family->pair.cell[i]))
			return false;
	return true;
}

const char *probe_family_name(const struct abi_family *family, char room[PROBE_NAME_ROOM])
{
	if (family->name)
		return family->name;
	snprintf(room, PROBE_NAME_ROOM, "%d", family->number);
	return room;
}

const char *probe_error_name(int error, char room[PROBE_NAME_ROOM])
{
	const char *name = error ? strerrorname_np(error) : NULL;

	if (name)
		return name;
	snprintf(room, PROBE_NAME_ROOM, "errno %d", error);
	return room;
}

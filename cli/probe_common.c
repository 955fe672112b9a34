/* SPDX-License-Identifier: MIT
 * What the matrix and the JSON have in common. */
#include "cli/probe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80 };

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

bool probe_multiplexed_refused(const struct probe *probe)
{
	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		if (doors_call_through(DOORS_SOCKETCALL, call, &probe->multiplexed[call]))
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
	const struct doors_row *rows[1 + ABI_CONVERSIONS] = { &family->socket }, *pair = &family->pair;

	for (size_t i = 0; i < ABI_CONVERSIONS; i++)
		rows[1 + i] = &family->converted[i];
	return doors_agree(rows, 1 + ABI_CONVERSIONS) && doors_agree(&pair, 1);
}

const char *probe_conversion_name(size_t conversion)
{
	const struct abi_family *family;
	int from = abi_conversion_row(conversion)->from;

	for (size_t i = 0; (family = abi_family_row(i)); i++)
		if (family->number == from)
			return family->name;
	return "?";
}

const char *probe_conversion_text(size_t conversion, char room[PROBE_CONVERSION_ROOM])
{
	const struct abi_conversion *c = abi_conversion_row(conversion);
	const char *name = probe_conversion_name(conversion);

	switch (c->decides) {
	case ABI_DECIDES_TYPE:
		snprintf(room, PROBE_CONVERSION_ROOM, "AF_%s with type %d", name, c->type);
		break;
	case ABI_DECIDES_PROTOCOL:
		snprintf(room, PROBE_CONVERSION_ROOM, "AF_%s with protocol %d", name, c->protocol);
		break;
	}
	return room;
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

void probe_say(int indent, const char *format, ...)
{
	char text[PROBE_TEXT_ROOM];
	va_list arguments;
	int column = 0;
	char *rest = text;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
		int length = (int)strlen(word);

		if (column && column + 1 + length > COLUMNS) {
			printf("\n%*s", indent, "");
			column = indent;
		} else if (column) {
			putchar(' ');
			column++;
		}
		fputs(word, stdout);
		column += length;
	}
	putchar('\n');
}

void probe_append(char text[PROBE_TEXT_ROOM], const char *format, ...)
{
	size_t n = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + n, PROBE_TEXT_ROOM - n, format, arguments);
	va_end(arguments);
}

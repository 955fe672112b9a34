/* SPDX-License-Identifier: MIT */
#include "cli/probe.h"

#include <stdio.h>

/* True if --closed is satisfied with this cell. */
static bool is_accepted(const struct doors_cell *cell, bool missing_ok)
{
	return doors_is_closed(cell) || (missing_ok && cell->state == DOORS_MISSING);
}

static bool is_row_accepted(const struct doors_row *row, bool missing_ok)
{
	for (int i = 0; i < DOORS_COUNT; i++)
		if (!is_accepted(&row->cell[i], missing_ok))
			return false;
	return true;
}

bool probe_is_closed(const struct probe_family *family, bool missing_ok)
{
	for (size_t i = 0; i < ABI_CONVERSIONS; i++)
		if (!is_row_accepted(&family->converted[i], missing_ok))
			return false;
	return is_row_accepted(&family->socket, missing_ok) && is_row_accepted(&family->pair, missing_ok);
}

/* Appends the doors of the row that aren't closed, each after the words `before`: "socketpair by native (open)". */
static void append_openings(char text[PROBE_TEXT_ROOM], const struct doors_row *row, const char *before,
			    bool missing_ok)
{
	for (int i = 0; i < DOORS_COUNT; i++)
		if (!is_accepted(&row->cell[i], missing_ok))
			probe_append(text, "%s%s%s (%s)", *text ? ", " : "", before, probe_door_text[i].name,
				     probe_state_text(row->cell[i].state));
}

static void print_family(const struct probe_family *f, bool missing_ok)
{
	char text[PROBE_TEXT_ROOM] = "", name[PROBE_NAME_ROOM];

	append_openings(text, &f->socket, "", missing_ok);
	append_openings(text, &f->pair, "socketpair by ", missing_ok);
	for (size_t i = 0; i < ABI_CONVERSIONS; i++) {
		char before[PROBE_CONVERSION_ROOM + sizeof " by "], room[PROBE_CONVERSION_ROOM];

		snprintf(before, sizeof before, "%s by ", probe_conversion_text(i, room));
		append_openings(text, &f->converted[i], before, missing_ok);
	}
	if (*text)
		probe_say(2, "%s is not closed: %s.%s", probe_family_name(&f->family, name), text,
			  probe_is_closed(f, true) ? " This kernel does not have it, which --missing-ok accepts." : "");
	else if (!probe_is_closed(f, false))
		probe_say(2, "%s: not refused at every door, but this kernel does not have it (--missing-ok).",
			  probe_family_name(&f->family, name));
	else
		probe_say(2, "%s is closed at all doors.", probe_family_name(&f->family, name));
}

void probe_print_closed(const struct cli_probe *report)
{
	bool first = true;

	for (size_t i = 0; i < report->probe.count; i++) {
		if (!report->wanted_closed[i])
			continue;
		if (first)
			putchar('\n');
		first = false;
		print_family(&report->probe.families[i], report->missing_ok);
	}
}

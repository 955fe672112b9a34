/* SPDX-License-Identifier: MIT
 * `probe --json`. socketcall-probe(1) documents the keys and the words, so that programs can rely on them: never change
 * one. */
#include "cli/probe.h"

#include <stdio.h>

static const char *state_text(enum doors_state state)
{
	switch (state) {
	case DOORS_NONE:
		return ""; /* print_row() leaves such a cell out */
	case DOORS_OPEN:
		return "open";
	case DOORS_REFUSED:
		return "refused";
	case DOORS_KILL:
		return "killed";
	case DOORS_TRAP:
		return "trapped";
	case DOORS_MUTE:
		return "silent";
	case DOORS_DENIED:
		return "denied";
	case DOORS_BARRED:
		return "barred";
	case DOORS_MISSING:
		return "missing";
	case DOORS_ABSENT:
		return "absent";
	case DOORS_UNKNOWN:
		return "unknown";
	}
	__builtin_unreachable();
}

/* The step at which an attempt by io_uring ended. */
static const char *where_text(enum doors_where where)
{
	switch (where) {
	case DOORS_AT_SETUP:
		return "io_uring_setup";
	case DOORS_AT_MMAP:
		return "mmap";
	case DOORS_AT_ENTER:
		return "io_uring_enter";
	case DOORS_AT_OPERATION:
		return "operation";
	}
	__builtin_unreachable();
}

static const char *bool_text(bool value)
{
	return value ? "true" : "false";
}

/* "null" stands for DOORS_CANT_TELL. */
static const char *truth_text(enum doors_truth truth)
{
	return truth == DOORS_CANT_TELL ? "null" : bool_text(truth == DOORS_YES);
}

static const char *answer_text(const struct doors_answer *a, char room[PROBE_NAME_ROOM])
{
	switch (a->how) {
	case DOORS_UNASKED:
		return "unasked";
	case DOORS_RETURNED:
		return a->value < 0 ? probe_error_name(-a->value, room) : "success";
	case DOORS_PRETENDED:
		return "pretended";
	case DOORS_TRAPPED:
		return "trapped";
	case DOORS_KILLED:
		return "killed";
	case DOORS_FAULTED:
		return "faulted";
	case DOORS_SILENT:
		return "silent";
	case DOORS_DIED:
		return "died";
	}
	__builtin_unreachable();
}

static void print_cell(int door, const struct doors_cell *cell)
{
	char error[PROBE_NAME_ROOM], invalid[PROBE_NAME_ROOM], valid[PROBE_NAME_ROOM];

	printf("\"%s\": {\"state\": \"%s\"", probe_door_text[door].name, state_text(cell->state));
	if (cell->error)
		printf(", \"errno\": \"%s\"", probe_error_name(cell->error, error));
	printf(", \"invalid\": \"%s\", \"valid\": \"%s\"", answer_text(&cell->invalid, invalid),
	       answer_text(&cell->valid, valid));
	if (doors_is_uring((enum doors_door)door))
		printf(", \"at\": \"%s\"", where_text(cell->valid.where));
	putchar('}');
}

/* Prints the cells of a row, without those in which no attempt was made. A row without attempts isn't printed. */
static void print_row(const char *name, const struct doors_row *row)
{
	const char *comma = "";

	if (row->cell[DOORS_NATIVE].state == DOORS_NONE)
		return;
	printf(",\n     \"%s\": {", name);
	for (int i = 0; i < DOORS_COUNT; i++) {
		if (row->cell[i].state == DOORS_NONE)
			continue;
		printf("%s\n       ", comma);
		print_cell(i, &row->cell[i]);
		comma = ",";
	}
	putchar('}');
}

/* Prints the list of the doors in `row` that let through what the front door refuses (doors_around()). */
static void print_around(const char *name, const struct doors_row *own, const struct doors_row *row)
{
	unsigned around = doors_around(own, row);
	const char *comma = "";

	printf(", \"%s\": [", name);
	for (int i = 0; i < DOORS_COUNT; i++)
		if (around & 1u << i) {
			printf("%s\"%s\"", comma, probe_door_text[i].name);
			comma = ", ";
		}
	putchar(']');
}

static void print_converted(const struct probe_family *f)
{
	const char *comma = "";

	printf(",\n     \"converted\": [");
	for (size_t i = 0; i < ABI_CONVERSIONS; i++) {
		const struct abi_conversion *c = abi_conversion_row(i);

		if (!probe_converts_into(f, i))
			continue;
		printf("%s\n      {\"from\": \"%s\", \"type\": %d, \"protocol\": %d", comma, probe_conversion_name(i),
		       c->type, c->protocol);
		print_around("around", &f->socket, &f->converted[i]);
		print_row("socket", &f->converted[i]);
		putchar('}');
		comma = ",";
	}
	putchar(']');
}

static void print_family(const struct probe_family *f, bool wanted_closed, bool missing_ok)
{
	char room[PROBE_NAME_ROOM];

	printf("    {\"name\": \"%s\", \"number\": %d, \"type\": %d, \"protocol\": %d,\n     \"agree\": %s, "
	       "\"closed\": %s, \"closed_or_missing\": %s, \"wanted_closed\": %s, \"missing_ok\": %s",
	       probe_family_name(&f->family, room), f->family.number, f->family.type, f->family.protocol,
	       bool_text(probe_agree(f)), bool_text(probe_is_closed(f, false)), bool_text(probe_is_closed(f, true)),
	       bool_text(wanted_closed), bool_text(wanted_closed && missing_ok));
	print_around("around", &f->socket, &f->socket);
	print_around("socketpair_around", &f->pair, &f->pair);
	print_row("socket", &f->socket);
	print_row("socketpair", &f->pair);
	print_converted(f);
	putchar('}');
}

/* Prints for each of the twenty calls whether it reached the kernel at that door, and the answer. */
static void print_calls(const char *name, enum doors_door door, const struct doors_answer *answers)
{
	char room[PROBE_NAME_ROOM];
	const char *comma = "";

	printf(",\n    \"%s\": {", name);
	for (int call = 1; call <= SOCKETCALL_CALLS; call++) {
		if (answers[call].how == DOORS_UNASKED)
			continue;
		printf("%s\n      \"%s\": {\"through\": %s, \"answer\": \"%s\"}", comma, abi_call(call)->name,
		       bool_text(doors_call_through(door, call, &answers[call])), answer_text(&answers[call], room));
		comma = ",";
	}
	putchar('}');
}

static void print_kernel(const struct doors_kernel *kernel)
{
	char room[PROBE_NAME_ROOM];

	printf("  \"filter\": %s,\n", truth_text(doors_filtered(kernel)));
	printf("  \"call_0\": \"%s\",\n", answer_text(&kernel->call_0, room));
	printf("  \"doors\": {");
	for (int i = 0; i < DOORS_COUNT; i++)
		printf("%s\n    \"%s\": {\"there\": %s, \"text\": \"%s\"}", i ? "," : "", probe_door_text[i].name,
		       truth_text(doors_there((enum doors_door)i, kernel)), probe_door_text[i].text);
	puts("},");
}

void probe_print_json(const struct cli_probe *report)
{
	const struct probe *p = &report->probe;
	bool agree = true, works = report->served || probe_multiplexed_works(p);

	printf("{\n  \"format\": 1,\n  \"version\": \"%s\",\n", SOCKETCALL_VERSION);
	print_kernel(&p->kernel);
	puts("  \"families\": [");
	for (size_t i = 0; i < p->count; i++) {
		print_family(&p->families[i], report->wanted_closed[i], report->missing_ok);
		puts(i + 1 < p->count ? "," : "],");
		agree &= probe_agree(&p->families[i]);
	}
	printf("  \"agree\": %s,\n", bool_text(agree));
	printf("  \"callers32\": {\"works\": %s, \"run_helps\": %s", bool_text(works),
	       bool_text(!works && probe_direct_works(p)));
	print_calls("socketcall", DOORS_SOCKETCALL, p->multiplexed);
	print_calls("direct", DOORS_I386, p->direct);
	puts("}\n}");
}

/* SPDX-License-Identifier: MIT */
#include "cli/probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	COLUMNS = 80,
	NAME_WIDTH = 12, /* of the matrix's first column */
	GAP = 2,
	LEGEND_WIDTH = 14,
	TEXT_ROOM = 4096,
};

#define PLAIN   ""
#define RESET   "\033[0m"
#define RED     "\033[1;31m"
#define GREEN   "\033[32m"
#define YELLOW  "\033[33m"
#define MAGENTA "\033[35m"
#define CYAN    "\033[36m"
#define DIM     "\033[2m"
#define BOLD    "\033[1m"

/* How a state is shown: in a cell, where it is the errno if there is no text, and under the matrix. */
static const struct shown {
	const char *text, *colour, *legend;
} shown[] = {
	[DOORS_NONE] = { "", PLAIN, NULL },
	[DOORS_OPEN] = { "open", GREEN, NULL },
	[DOORS_REFUSED] = { NULL, YELLOW, "refused by a filter, with that errno" },
	[DOORS_KILL] = { "killed", YELLOW, "by a filter" },
	[DOORS_TRAP] = { "trapped", YELLOW, "by a filter, which sends SIGSYS" },
	[DOORS_MUTE] = { "no answer", YELLOW, "from a filter's listener, for as long as was waited (--wait)" },
	[DOORS_DENIED] = { "denied", CYAN,
			   "let through by every filter, refused behind them: an LSM, a missing capability, a sysctl" },
	[DOORS_BARRED] = { NULL, CYAN, "refused by a filter or behind it, which can't be told here" },
	[DOORS_MISSING] = { "no family", DIM,
			    "let through by every filter, but the kernel doesn't have the family here" },
	[DOORS_ABSENT] = { "-", DIM, "the door isn't there" },
	[DOORS_UNKNOWN] = { "unknown", MAGENTA,
			    "the answers contradict each other, as where a filter looks at the type as well; "
			    "or there was no room to try (--json has the answers)" },
};

static const char *cell_text(const struct doors_cell *cell, char room[PROBE_NAME_ROOM])
{
	char other_room[PROBE_NAME_ROOM];
	const char *name;

	if (shown[cell->state].text)
		return shown[cell->state].text;
	name = cell->error ? probe_error_name(cell->error, other_room) : "faked"; /* ERRNO of 0 */
	snprintf(room, PROBE_NAME_ROOM, "%s%s", name, cell->state == DOORS_BARRED ? "?" : "");
	return room;
}

/* Prints a paragraph: breaks it at blanks, and begins the lines after the first with `indent` blanks. */
static void say(int indent, const char *format, ...)
{
	char text[TEXT_ROOM];
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

static void append(char text[TEXT_ROOM], const char *format, ...)
{
	size_t n = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + n, TEXT_ROOM - n, format, arguments);
	va_end(arguments);
}

/* The rows of the matrix: each family, and its socketpair if it has one. */
struct line {
	const struct probe_family *family;
	const struct doors_row *row;
	bool pair;
};

struct lines {
	struct line *line;
	size_t count;
};

static void make_lines(const struct probe *p, struct lines *lines)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct probe_family *f = &p->families[i];

		lines->line[lines->count++] = (struct line){ f, &f->socket, false };
		if (f->pair.cell[DOORS_NATIVE].state != DOORS_NONE)
			lines->line[lines->count++] = (struct line){ f, &f->pair, true };
	}
}

/* ---- The matrix ---- */

static int width(const struct lines *lines, int door)
{
	int most = (int)strlen(probe_door_text[door].name);

	for (size_t i = 0; i < lines->count; i++) {
		char room[PROBE_NAME_ROOM];
		int n = (int)strlen(cell_text(&lines->line[i].row->cell[door], room));

		if (n > most)
			most = n;
	}
	return most;
}

/* The blanks before a cell are its predecessor's: nothing stands behind the last one. */
static void print_cells(const struct lines *lines, const struct line *line, bool colour)
{
	unsigned around = doors_around(line->row);
	int blanks = 0;

	for (int i = 0; i < DOORS_COUNT; i++) {
		const struct doors_cell *cell = &line->row->cell[i];
		char room[PROBE_NAME_ROOM];
		const char *text = cell_text(cell, room);

		if (!*text) {
			blanks += width(lines, i) + GAP;
			continue;
		}
		printf("%*s", blanks, "");
		if (colour)
			printf("%s%s" RESET, around & 1u << i ? RED : shown[cell->state].colour, text);
		else
			fputs(text, stdout);
		blanks = width(lines, i) + GAP - (int)strlen(text);
	}
	putchar('\n');
}

static void print_matrix(const struct lines *lines, bool colour)
{
	printf("%-*s", NAME_WIDTH, "");
	for (int i = 0; i < DOORS_COUNT; i++) {
		const char *name = probe_door_text[i].name;

		printf("%s%s%s%*s", colour ? BOLD : "", name, colour ? RESET : "",
		       i + 1 < DOORS_COUNT ? width(lines, i) + GAP - (int)strlen(name) : 0, "");
	}
	putchar('\n');
	for (size_t i = 0; i < lines->count; i++) {
		char room[PROBE_NAME_ROOM];
		const struct line *line = &lines->line[i];

		printf("%-*s", NAME_WIDTH, line->pair ? "  pair" : probe_family_name(&line->family->family, room));
		print_cells(lines, line, colour);
	}
}

static void print_legend(const struct lines *lines)
{
	bool seen[sizeof shown / sizeof *shown] = { false }, faked = false;
	char first[sizeof shown / sizeof *shown][PROBE_NAME_ROOM];

	for (size_t i = 0; i < lines->count; i++)
		for (int k = 0; k < DOORS_COUNT; k++) {
			const struct doors_cell *cell = &lines->line[i].row->cell[k];
			char room[PROBE_NAME_ROOM];

			if (cell->state == DOORS_REFUSED && !cell->error) {
				faked = true;
				continue;
			}
			if (!seen[cell->state])
				snprintf(first[cell->state], PROBE_NAME_ROOM, "%s", cell_text(cell, room));
			seen[cell->state] = true;
		}
	putchar('\n');
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if (seen[i] && shown[i].legend)
			say(LEGEND_WIDTH, "%-*s%s", LEGEND_WIDTH, first[i], shown[i].legend);
	if (faked)
		say(LEGEND_WIDTH, "%-*s%s", LEGEND_WIDTH, "faked",
		    "refused by a filter that says 0: there is no socket");
}

/* ---- What it means ---- */

/* Lines of the matrix that the same is to be said of have the same doors, of one outcome, and are all pairs or none. */
struct finding {
	unsigned doors;
	enum doors_state outcome;
	bool pair;
};

static struct finding hole(const struct line *line)
{
	struct finding f = { .doors = doors_around(line->row), .pair = line->pair };

	for (int i = 0; i < DOORS_COUNT; i++)
		if (f.doors & 1u << i)
			f.outcome = line->row->cell[i].state;
	return f;
}

/* A bit (1u << door) for each door that has a socketpair. */
static unsigned doors_with_pair(void)
{
	unsigned doors = 0;

	for (int i = 0; i < DOORS_COUNT; i++)
		if (doors_has_pair((enum doors_door)i))
			doors |= 1u << i;
	return doors;
}

/* Doors that are closed to what the front door lets through; of a socketpair only if it isn't the same of the
 * socket. */
static struct finding narrower(const struct line *line)
{
	struct finding f = { .doors = doors_narrower(line->row), .pair = line->pair };

	if (line->pair && !((f.doors ^ doors_narrower(&line->family->socket)) & doors_with_pair()))
		f.doors = 0;
	return f;
}

static struct finding contradiction(const struct line *line)
{
	struct finding f = { .outcome = DOORS_UNKNOWN, .pair = line->pair };

	for (int i = 0; i < DOORS_COUNT; i++)
		if (line->row->cell[i].state == DOORS_UNKNOWN)
			f.doors |= 1u << i;
	return f;
}

static void append_doors(char text[TEXT_ROOM], unsigned doors)
{
	bool first = true;

	for (int i = 0; i < DOORS_COUNT; i++) {
		if (!(doors & 1u << i))
			continue;
		if (!first)
			append(text, doors >> i == 1 ? " and " : ", ");
		append(text, "%s", probe_door_text[i].text);
		first = false;
	}
}

typedef struct finding finder(const struct line *line);

/*
 * Calls `tell` once for each finding, with the families that have it, "ALG, VSOCK"; returns the doors of all.
 */
static unsigned find(const struct lines *lines, finder *look,
		     void (*tell)(const struct finding *f, const char *families, bool colour), bool colour)
{
	unsigned all = 0;

	for (size_t i = 0; i < lines->count; i++) {
		struct finding f = look(&lines->line[i]);
		char families[TEXT_ROOM] = "";

		for (size_t k = 0; f.doors && k < lines->count; k++) {
			struct finding other = look(&lines->line[k]);
			char room[PROBE_NAME_ROOM];

			if (other.doors != f.doors || other.outcome != f.outcome || other.pair != f.pair)
				continue;
			if (k < i) /* it was told already */
				f.doors = 0;
			append(families, "%s%s%s", *families ? ", " : "",
			       lines->line[k].family->family.name ? "AF_" : "family ",
			       probe_family_name(&lines->line[k].family->family, room));
		}
		if (!f.doors)
			continue;
		all |= f.doors;
		tell(&f, families, colour);
	}
	return all;
}

static void tell_hole(const struct finding *f, const char *families, bool colour)
{
	char doors[TEXT_ROOM] = "";

	append_doors(doors, f->doors);
	if (colour)
		fputs(RED, stdout);
	say(2, "%s%s %s refused at the front door but %s %s%s.", f->pair ? "The socketpair of " : "", families,
	    strchr(families, ',') && !f->pair ? "are" : "is", f->outcome == DOORS_OPEN ? "open through" : "not at",
	    doors,
	    f->outcome == DOORS_OPEN      ? ""
	    : f->outcome == DOORS_MISSING ? ": only this kernel's lack of the family closes it there"
					  : ": only an LSM, a missing capability or a sysctl closes it there");
	if (colour)
		fputs(RESET, stdout);
}

static void tell_narrower(const struct finding *f, const char *families, bool colour)
{
	char doors[TEXT_ROOM] = "";

	(void)colour;
	append_doors(doors, f->doors);
	say(2, "%s%s: let through at the front door, closed at %s. That is no hole.",
	    f->pair ? "The socketpair of " : "", families, doors);
}

static void tell_contradiction(const struct finding *f, const char *families, bool colour)
{
	char doors[TEXT_ROOM] = "";

	(void)colour;
	append_doors(doors, f->doors);
	say(2, "%s%s: can't be told at %s.", f->pair ? "The socketpair of " : "", families, doors);
}

static void print_advice(unsigned doors)
{
	if (!doors)
		return;
	puts("\nTo close what is open there:");
	for (int i = 0; i < DOORS_COUNT; i++)
		if (doors & 1u << i)
			say(2, "- %s: %s.", probe_door_text[i].name, probe_door_text[i].advice);
}

static void print_meaning(const struct probe *p, const struct lines *lines, bool colour)
{
	unsigned holes;
	bool agree = true;

	for (size_t i = 0; i < p->count; i++)
		agree &= probe_agree(&p->families[i]);
	putchar('\n');
	if (doors_filtered(&p->kernel) == DOORS_NO)
		say(0, "No seccomp filter is loaded here.");
	if (agree)
		say(0, "The doors of each family agree.");
	holes = find(lines, hole, tell_hole, colour);
	find(lines, narrower, tell_narrower, colour);
	find(lines, contradiction, tell_contradiction, colour);
	print_advice(holes);
}

/* ---- 32-bit programs ---- */

/* "all of them refused (ENOSYS)", or which calls */
static void append_refused(char text[TEXT_ROOM], enum doors_door door, const struct doors_answer *answers)
{
	const char *comma = "";
	bool all = true;

	for (int call = 1; call <= SOCKETCALL_CALLS; call++)
		all &= answers[call].how == DOORS_UNASKED || !doors_call_through(door, call, &answers[call]);
	for (int call = 1; !all && call <= SOCKETCALL_CALLS; call++)
		if (answers[call].how != DOORS_UNASKED && !doors_call_through(door, call, &answers[call])) {
			append(text, "%s%s", comma, abi_call(call)->name);
			comma = ", ";
		}
	if (all)
		append(text, "every call");
}

static void print_callers(const struct probe *p)
{
	char refused[TEXT_ROOM] = "", direct[TEXT_ROOM] = "";

	putchar('\n');
	if (doors_there(DOORS_SOCKETCALL, &p->kernel) == DOORS_NO) {
		say(0, "32-bit x86 programs don't run here: the kernel has no entry for them.");
		return;
	}
	if (probe_multiplexed_works(p)) {
		say(0, "32-bit programs that use socketcall(2) work here.");
		return;
	}
	append_refused(refused, DOORS_SOCKETCALL, p->multiplexed);
	append_refused(direct, DOORS_I386, p->direct);
	if (probe_direct_works(p))
		say(0,
		    "32-bit programs that use socketcall(2) don't work here: it refuses %s. The direct calls are open, "
		    "so "
		    "'socketcall run -- PROGRAM' helps.",
		    refused);
	else
		say(0,
		    "32-bit programs that use socketcall(2) don't work here: it refuses %s. 'socketcall run' doesn't "
		    "help, "
		    "because of the direct calls these are refused as well: %s.",
		    refused, direct);
}

/* ---- --closed ---- */

static void append_openings(char text[TEXT_ROOM], const struct doors_row *row, const char *of)
{
	for (int i = 0; i < DOORS_COUNT; i++)
		if (!doors_is_closed(&row->cell[i]))
			append(text, "%s%s%s (%s)", *text ? ", " : "", of, probe_door_text[i].name,
			       shown[row->cell[i].state].text);
}

static void print_closed(const struct cli_probe *report)
{
	bool first = true;

	for (size_t i = 0; i < report->probe.count; i++) {
		const struct probe_family *f = &report->probe.families[i];
		char text[TEXT_ROOM] = "", room[PROBE_NAME_ROOM];

		if (!report->wanted_closed[i])
			continue;
		if (first)
			putchar('\n');
		first = false;
		append_openings(text, &f->socket, "");
		append_openings(text, &f->pair, "socketpair by ");
		if (*text)
			say(2, "%s isn't closed: %s.", probe_family_name(&f->family, room), text);
		else
			say(2, "%s is closed at all doors.", probe_family_name(&f->family, room));
	}
}

void probe_print_text(const struct cli_probe *report, bool colour)
{
	const struct probe *p = &report->probe;
	struct lines lines = { .line = calloc(2 * p->count + 1, sizeof *lines.line) };

	if (!lines.line) {
		fputs("socketcall probe: out of memory\n", stderr);
		return;
	}
	make_lines(p, &lines);
	print_matrix(&lines, colour);
	print_legend(&lines);
	print_meaning(p, &lines, colour);
	print_callers(p);
	print_closed(report);
	free(lines.line);
}

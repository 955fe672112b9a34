/* SPDX-License-Identifier: MIT */
#include "cli/probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NAME_WIDTH = 12,   /* of the matrix's first column */
	GAP = 2,           /* blanks between its columns */
	LEGEND_WIDTH = 14, /* of the legend's first column */
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

/* How a state is shown. */
static const struct shown {
	const char *text; /* in a cell; null: the cell shows its errno */
	const char *colour;
	const char *legend; /* the explanation under the matrix, or null */
} shown[] = {
	[DOORS_NONE] = { "", PLAIN, NULL },
	[DOORS_OPEN] = { "open", GREEN, NULL },
	[DOORS_REFUSED] = { NULL, YELLOW, "refused by a filter, with that errno" },
	[DOORS_KILL] = { "killed", YELLOW, "by a filter" },
	[DOORS_TRAP] = { "trapped", YELLOW, "by a filter, which sends SIGSYS" },
	[DOORS_MUTE] = { "no answer", YELLOW, "from a filter's listener, for as long as was waited (--wait)" },
	[DOORS_DENIED] = { "denied", CYAN,
			   "let through by every filter, refused behind them: an LSM, a missing capability, a sysctl" },
	[DOORS_BARRED] = { NULL, CYAN, "refused by a filter or behind it; which of the two is unknown here" },
	[DOORS_MISSING] = { "no family", DIM,
			    "let through by every filter, but the kernel does not have the family here" },
	[DOORS_ABSENT] = { "-", DIM, "the door is not there" },
	[DOORS_UNKNOWN] = { "unknown", MAGENTA,
			    "the answers contradict each other, as where a filter looks at the type as well; "
			    "or there was no room to try (--json has the answers)" },
};

const char *probe_state_text(enum doors_state state)
{
	return shown[state].text;
}

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

/*
 * The rows of the matrix: each family; its socketpair, if it has one; and each way to have the kernel convert another
 * family into it.
 */
struct line {
	const struct probe_family *family;
	const struct doors_row *row;
	const struct doors_row *own; /* the row whose front door `row` is compared with */
	enum { LINE_SOCKET, LINE_PAIR, LINE_CONVERTED } kind;
	size_t conversion; /* of LINE_CONVERTED: the row of abi/conversions.def */
};

struct lines {
	struct line *line;
	size_t count;
};

static void make_lines(const struct probe *p, struct lines *lines)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct probe_family *f = &p->families[i];

		lines->line[lines->count++] = (struct line){ f, &f->socket, &f->socket, LINE_SOCKET, 0 };
		if (f->pair.cell[DOORS_NATIVE].state != DOORS_NONE)
			lines->line[lines->count++] = (struct line){ f, &f->pair, &f->pair, LINE_PAIR, 0 };
		for (size_t c = 0; c < ABI_CONVERSIONS; c++)
			if (probe_converts_into(f, c))
				lines->line[lines->count++] =
					(struct line){ f, &f->converted[c], &f->socket, LINE_CONVERTED, c };
	}
}

/* ---- The matrix ---- */

/* The width of a door's column. */
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

/* Blanks are printed before a cell, not after it, so that no line ends with blanks. */
static void print_cells(const struct lines *lines, const struct line *line, bool colour)
{
	unsigned around = doors_around(line->own, line->row);
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

		switch (line->kind) {
		case LINE_SOCKET:
			printf("%-*s", NAME_WIDTH, probe_family_name(&line->family->family, room));
			break;
		case LINE_PAIR:
			printf("%-*s", NAME_WIDTH, "  pair");
			break;
		case LINE_CONVERTED:
			printf("  as %-*s", NAME_WIDTH - 5, probe_conversion_name(line->conversion));
			break;
		}
		print_cells(lines, line, colour);
	}
}

/* The number of cells in the matrix. They are counted from left to right, line by line. */
static size_t cell_count(const struct lines *lines)
{
	return lines->count * DOORS_COUNT;
}

static const struct doors_cell *cell_at(const struct lines *lines, size_t n)
{
	return &lines->line[n / DOORS_COUNT].row->cell[n % DOORS_COUNT];
}

/* True if no earlier cell shows the same text. */
static bool is_first(const struct lines *lines, size_t n)
{
	const struct doors_cell *cell = cell_at(lines, n);

	for (size_t i = 0; i < n; i++) {
		const struct doors_cell *earlier = cell_at(lines, i);

		if (earlier->state == cell->state && (shown[cell->state].text || earlier->error == cell->error))
			return false;
	}
	return true;
}

/* One line for each text in the matrix, so for each errno: first those that come from a filter. */
static void print_legend(const struct lines *lines)
{
	bool faked = false;

	putchar('\n');
	for (size_t state = 0; state < sizeof shown / sizeof *shown; state++)
		for (size_t n = 0; n < cell_count(lines); n++) {
			const struct doors_cell *cell = cell_at(lines, n);
			char room[PROBE_NAME_ROOM];

			if (cell->state != state || !shown[state].legend || !is_first(lines, n))
				continue;
			if (cell->state == DOORS_REFUSED && !cell->error)
				faked = true;
			else
				probe_say(LEGEND_WIDTH, "%-*s%s", LEGEND_WIDTH, cell_text(cell, room),
					  shown[state].legend);
		}
	if (faked)
		probe_say(LEGEND_WIDTH, "%-*s%s", LEGEND_WIDTH, "faked",
			  "refused by a filter that says 0: there is no socket");
	for (size_t i = 0; i < lines->count; i++) {
		const struct line *line = &lines->line[i];
		char name[PROBE_NAME_ROOM], room[PROBE_CONVERSION_ROOM];

		if (line->kind != LINE_CONVERTED)
			continue;
		snprintf(name, sizeof name, "as %s", probe_conversion_name(line->conversion));
		probe_say(LEGEND_WIDTH, "%-*sof AF_%s: asked for as %s, which the kernel converts", LEGEND_WIDTH, name,
			  line->family->family.name, probe_conversion_text(line->conversion, room));
	}
}

/* ---- What it means ---- */

/* What a sentence says about a line of the matrix. Lines with the same finding share one sentence. */
struct finding {
	unsigned doors;           /* a bit (1u << door) for each door that it is about; 0: nothing was found */
	enum doors_state outcome; /* the state of the last of them */
	const struct line *line;  /* one of the lines that have it */
};

static bool are_alike(const struct finding *a, const struct finding *b)
{
	return a->doors == b->doors && a->outcome == b->outcome && a->line->kind == b->line->kind &&
	       (a->line->kind != LINE_CONVERTED || a->line->conversion == b->line->conversion);
}

/* Doors that let the family through although the front door is closed. */
static struct finding hole(const struct line *line)
{
	struct finding f = { .doors = doors_around(line->own, line->row), .line = line };

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

/*
 * Doors that are closed although the front door lets the family through. The line of a socketpair or a conversion has
 * this finding only if its doors differ from those of the family's own line.
 */
static struct finding narrower(const struct line *line)
{
	const struct doors_row *socket = &line->family->socket;
	struct finding f = { .doors = doors_narrower(line->own, line->row), .line = line };
	unsigned different = f.doors ^ doors_narrower(socket, socket);

	if ((line->kind == LINE_PAIR && !(different & doors_with_pair())) ||
	    (line->kind == LINE_CONVERTED && !different))
		f.doors = 0;
	return f;
}

/* Doors whose answers contradict each other, or that couldn't be tried. */
static struct finding contradiction(const struct line *line)
{
	struct finding f = { .outcome = DOORS_UNKNOWN, .line = line };

	for (int i = 0; i < DOORS_COUNT; i++)
		if (line->row->cell[i].state == DOORS_UNKNOWN)
			f.doors |= 1u << i;
	return f;
}

static void append_doors(char text[PROBE_TEXT_ROOM], unsigned doors)
{
	bool first = true;

	for (int i = 0; i < DOORS_COUNT; i++) {
		if (!(doors & 1u << i))
			continue;
		if (!first)
			probe_append(text, doors >> i == 1 ? " and " : ", ");
		probe_append(text, "%s", probe_door_text[i].text);
		first = false;
	}
}

typedef struct finding finder(const struct line *line);

/* Calls `tell` once for each finding of look(), with the families that have it: "AF_ALG, AF_VSOCK". */
static void find(const struct lines *lines, finder *look,
		 void (*tell)(const struct finding *f, const char *families, bool colour), bool colour)
{
	for (size_t i = 0; i < lines->count; i++) {
		struct finding f = look(&lines->line[i]);
		char families[PROBE_TEXT_ROOM] = "";

		for (size_t k = 0; f.doors && k < lines->count; k++) {
			struct finding other = look(&lines->line[k]);
			char room[PROBE_NAME_ROOM];

			if (!are_alike(&other, &f))
				continue;
			if (k < i) /* an earlier line has printed this finding */
				f.doors = 0;
			probe_append(families, "%s%s%s", *families ? ", " : "",
				     lines->line[k].family->family.name ? "AF_" : "family ",
				     probe_family_name(&lines->line[k].family->family, room));
		}
		if (f.doors)
			tell(&f, families, colour);
	}
}

/* Text before the families, and after the doors. */
struct about {
	const char *before;                     /* "The socketpair of " */
	char behind[8 + PROBE_CONVERSION_ROOM]; /* ", as AF_INET with type 10" */
};

static struct about about(const struct line *line)
{
	struct about a = { .before = line->kind == LINE_PAIR ? "The socketpair of " : "" };
	char room[PROBE_CONVERSION_ROOM];

	if (line->kind == LINE_CONVERTED)
		snprintf(a.behind, sizeof a.behind, ", as %s", probe_conversion_text(line->conversion, room));
	return a;
}

static void tell_hole(const struct finding *f, const char *families, bool colour)
{
	struct about a = about(f->line);
	char doors[PROBE_TEXT_ROOM] = "";

	append_doors(doors, f->doors);
	if (colour)
		fputs(RED, stdout);
	probe_say(2, "%s%s %s refused at the front door but %s %s%s%s.", a.before, families,
		  strchr(families, ',') && !*a.before ? "are" : "is",
		  f->outcome == DOORS_OPEN ? "open through" : "not at", doors, a.behind,
		  f->outcome == DOORS_OPEN      ? ""
		  : f->outcome == DOORS_MISSING ? ": only this kernel's lack of the family closes it there"
						: ": only an LSM, a missing capability or a sysctl closes it there");
	if (colour)
		fputs(RESET, stdout);
}

static void tell_narrower(const struct finding *f, const char *families, bool colour)
{
	struct about a = about(f->line);
	char doors[PROBE_TEXT_ROOM] = "";

	(void)colour;
	append_doors(doors, f->doors);
	probe_say(2, "%s%s: let through at the front door, closed at %s%s. That is no hole.", a.before, families, doors,
		  a.behind);
}

static void tell_contradiction(const struct finding *f, const char *families, bool colour)
{
	struct about a = about(f->line);
	char doors[PROBE_TEXT_ROOM] = "";

	(void)colour;
	append_doors(doors, f->doors);
	probe_say(2, "%s%s: unknown at %s%s.", a.before, families, doors, a.behind);
}

/* Returns a bit for each door that lets a family through although the front door refuses it, without a conversion. */
static unsigned doors_open_directly(const struct lines *lines)
{
	unsigned doors = 0;

	for (size_t i = 0; i < lines->count; i++)
		if (lines->line[i].kind != LINE_CONVERTED)
			doors |= doors_around(lines->line[i].own, lines->line[i].row);
	return doors;
}

/* True if a door lets the family through only because a program can name another family, which the kernel converts. */
static bool is_open_by_conversion(const struct line *line)
{
	return line->kind == LINE_CONVERTED && doors_around(line->own, line->row) & ~doors_around(line->own, line->own);
}

static void print_conversion_advice(size_t conversion)
{
	const struct abi_conversion *c = abi_conversion_row(conversion);
	const char *name = probe_conversion_name(conversion);

	switch (c->decides) {
	case ABI_DECIDES_TYPE:
		probe_say(
			2,
			"- as %s: refuse AF_%s with type %d as well; compare the type's low 4 bits, which are all that "
			"the kernel looks at.",
			name, name, c->type);
		break;
	case ABI_DECIDES_PROTOCOL:
		probe_say(
			2,
			"- as %s: refuse AF_%s with protocol %d as well; compare the protocol's low 32 bits, which are "
			"all that the kernel looks at.",
			name, name, c->protocol);
		break;
	}
}

static void print_advice(const struct lines *lines)
{
	unsigned doors = doors_open_directly(lines);
	bool said = false;

	for (size_t i = 0; i < lines->count; i++) {
		if (!is_open_by_conversion(&lines->line[i]))
			continue;
		if (!said)
			puts("\nTo close what is open there:");
		said = true;
		print_conversion_advice(lines->line[i].conversion);
	}
	if (doors && !said)
		puts("\nTo close what is open there:");
	for (int i = 0; i < DOORS_COUNT; i++)
		if (doors & 1u << i)
			probe_say(2, "- %s: %s.", probe_door_text[i].name, probe_door_text[i].advice);
}

static void print_meaning(const struct probe *p, const struct lines *lines, bool colour)
{
	bool agree = true;

	for (size_t i = 0; i < p->count; i++)
		agree &= probe_agree(&p->families[i]);
	putchar('\n');
	if (doors_filtered(&p->kernel) == DOORS_NO)
		probe_say(0, "No seccomp filter is loaded here.");
	if (agree)
		probe_say(0, "The doors of each family agree.");
	find(lines, hole, tell_hole, colour);
	find(lines, narrower, tell_narrower, colour);
	find(lines, contradiction, tell_contradiction, colour);
	print_advice(lines);
}

void probe_print_text(const struct cli_probe *report, bool colour)
{
	const struct probe *p = &report->probe;
	struct lines lines = { .line = calloc((2 + ABI_CONVERSIONS) * p->count + 1, sizeof *lines.line) };

	if (!lines.line) {
		fputs("socketcall probe: out of memory\n", stderr);
		return;
	}
	make_lines(p, &lines);
	print_matrix(&lines, colour);
	print_legend(&lines);
	print_meaning(p, &lines, colour);
	probe_print_callers(report);
	probe_print_closed(report);
	free(lines.line);
}

/* SPDX-License-Identifier: MIT */
#include "server/format/text.h"

static const struct name_row {
	enum socketcall_names names;
	unsigned number;
	const char *name;
} rows[] = {
#define NAME(names, number, name) { NAMES_##names, number, name },
#include "server/format/links.def"
#include "server/format/names.def"
#undef NAME
#define FAMILY(name, number, ...) { NAMES_FAMILY, number, "AF_" #name },
#include "abi/families.def"
#undef FAMILY
	{ NAMES_FAMILY, 0, "AF_UNSPEC" },
};
enum { ROWS = sizeof rows / sizeof *rows };

static const struct error_row {
	int number;
	const char *name, *text;
} errors[] = {
#define ERROR(name, number, text) { number, #name, text },
#include "server/format/errors.def"
#undef ERROR
};
enum { ERRORS = sizeof errors / sizeof *errors };

/* ---- Constants whose numbers differ between architectures -------------------------------------------------------- */

enum kind {
	OPTION_ROW, /* SOL_SOCKET, SO_… and SCM_… */
	TYPE_ROW,   /* SOCK_… */
	ERROR_ROW,  /* E… */
};
struct own_row {
	enum kind kind;
	int number;
	const char *name;
};

#define OPTION(name, number) { OPTION_ROW, number, #name },
#define TYPE(name, number)   { TYPE_ROW, number, #name },
#define ERRNO(name, number)  { ERROR_ROW, number, #name },
#define SIGSET(bytes)
static const struct own_row own_generic[] = {
#include "abi/errno/generic.def"
#include "abi/options/generic.def"
	{ OPTION_ROW, 0, 0 },
};
static const struct own_row own_mips[] = {
#include "abi/errno/mips.def"
#include "abi/options/mips.def"
	{ OPTION_ROW, 0, 0 },
};
static const struct own_row own_alpha[] = {
#include "abi/errno/alpha.def"
#include "abi/options/alpha.def"
	{ OPTION_ROW, 0, 0 },
};
static const struct own_row own_sparc[] = {
#include "abi/errno/sparc.def"
#include "abi/options/sparc.def"
	{ OPTION_ROW, 0, 0 },
};
static const struct own_row own_parisc[] = {
#include "abi/errno/parisc.def"
#include "abi/options/parisc.def"
	{ OPTION_ROW, 0, 0 },
};
static const struct own_row own_powerpc[] = {
#include "abi/errno/generic.def"
#include "abi/options/powerpc.def"
	{ OPTION_ROW, 0, 0 },
};

static bool begins_with(const char *text, const char *start)
{
	while (*start && *text == *start)
		text++, start++;
	return !*start;
}

static bool is_same_text(const char *one, const char *other)
{
	while (*one && *one == *other)
		one++, other++;
	return *one == *other;
}

static const struct own_row *own_rows(const struct socketcall_format *f)
{
	static const struct {
		const char *name; /* how the architectures' names begin */
		const struct own_row *rows;
	} tables[] = {
		{ "mips", own_mips },     { "alpha", own_alpha }, { "sparc", own_sparc },
		{ "parisc", own_parisc }, { "ppc", own_powerpc }, { "", own_generic },
	};
	unsigned i = 0;

	while (!begins_with(f->arch->name, tables[i].name))
		i++;
	return tables[i].rows;
}

static const char *own_name(const struct socketcall_format *f, enum kind kind, int number)
{
	for (const struct own_row *row = own_rows(f); row->name; row++)
		if (row->kind == kind && row->number == number && (kind != OPTION_ROW || begins_with(row->name, "SO_")))
			return row->name;
	return 0;
}

static int own_number(const struct own_row *row, const char *name)
{
	while (row->name && !is_same_text(row->name, name))
		row++;
	return row->number;
}

int socketcall_text_level(const struct socketcall_format *f, int level)
{
	return level == own_number(own_rows(f), "SOL_SOCKET") ? own_number(own_generic, "SOL_SOCKET") : level;
}

/* SCM_RIGHTS and the others up to SCM_PIDFD have the same numbers everywhere. The other control messages have the
 * number of the option that requests them, which differs. */
uint32_t socketcall_text_control(const struct socketcall_format *f, uint32_t type)
{
	enum { SCM_PIDFD = 4, UNNAMED = 0x10000 }; /* UNNAMED: larger than any number in the tables */
	const struct own_row *own = own_rows(f);

	if (own == own_generic || type <= SCM_PIDFD)
		return type;
	for (const struct own_row *row = own; row->name; row++)
		if (row->kind == OPTION_ROW && (uint32_t)row->number == type && !is_same_text(row->name, "SOL_SOCKET"))
			return (uint32_t)own_number(own_generic, row->name);
	return type | UNNAMED;
}

int socketcall_text_type(const struct socketcall_format *f, int type)
{
	static const char *const flags[] = { "SOCK_CLOEXEC", "SOCK_NONBLOCK" };
	const struct own_row *own = own_rows(f);
	int generic = 0;

	if (own == own_generic || type < 0)
		return type;
	for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
		int flag = own_number(own, flags[i]);

		if (type & flag)
			generic |= own_number(own_generic, flags[i]);
		type &= ~flag;
	}
	/* mips swaps the numbers of SOCK_STREAM and SOCK_DGRAM */
	if (type > 0 && type < 3 && own_name(f, TYPE_ROW, type))
		type = own_number(own_generic, own_name(f, TYPE_ROW, type));
	return generic | type;
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

const char *socketcall_error_text(const struct socketcall_format *f, int number, const char **name)
{
	const char *own = own_name(f, ERROR_ROW, number);

	for (unsigned i = 0; i < ERRORS; i++) {
		/* numbers up to 34 are the same everywhere, except EAGAIN on alpha, which is a row of its own */
		if (own ? is_same_text(errors[i].name, own)
			: errors[i].number == number && (number < 35 || own_rows(f) == own_generic)) {
			*name = errors[i].name;
			return errors[i].text;
		}
	}
	return 0;
}

const char *socketcall_name_of(const struct socketcall_format *f, enum socketcall_names names, uint64_t value)
{
	if (names == NAMES_SOCKET)
		return own_name(f, OPTION_ROW, (int)value);
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].names == names && rows[i].number == value)
			return rows[i].name;
	return 0;
}

void socketcall_text_name(struct socketcall_format *f, enum socketcall_names names, uint32_t value,
			  const char *otherwise)
{
	const char *name = socketcall_name_of(f, names, value);

	if (name)
		socketcall_text(f, name);
	else
		socketcall_text_unnamed(f, value, otherwise);
}

void socketcall_text_unnamed(struct socketcall_format *f, uint32_t value, const char *otherwise)
{
	if (value)
		socketcall_text_hex(f, value, 1);
	else
		socketcall_text_char(f, '0');
	socketcall_text(f, " /* ");
	socketcall_text(f, otherwise);
	socketcall_text(f, " */");
}

void socketcall_text_flags(struct socketcall_format *f, enum socketcall_names names, uint32_t value,
			   const char *otherwise)
{
	uint32_t left = value;

	for (unsigned i = 0; i < ROWS; i++) {
		if (rows[i].names != names || !(left & rows[i].number))
			continue;
		if (left != value)
			socketcall_text_char(f, '|');
		socketcall_text(f, rows[i].name);
		left &= ~rows[i].number;
	}
	if (!value)
		socketcall_text_char(f, '0');
	else if (left == value)
		socketcall_text_name(f, names, value, otherwise);
	else if (left) {
		socketcall_text_char(f, '|');
		socketcall_text_hex(f, left, 1);
	}
}

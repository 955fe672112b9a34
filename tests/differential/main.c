/* SPDX-License-Identifier: MIT
 *
 * Usage: differential KERNEL-TWIN SERVED-TWIN GUEST CALLS SEED KNOWN-FILE [MUTANT]
 *        differential KERNEL-TWIN SERVED-TWIN i386 cases CASES-FILE KNOWN-FILE [MUTANT]
 *
 * Makes the same random calls by the kernel's own door and through the library, and compares everything that a program
 * can see: results, errors, every byte that was written, descriptors, the state of sockets, SIGPIPE. If the guest has
 * another byte order or other constants than this machine, the kernel's answer is translated first (expect.c).
 *
 * The calls are made by two processes, the twins (twin.c); twins are compiled for 32 and for 64 bits. A difference that
 * KNOWN-FILE doesn't list is reproduced several times, because chance may have caused it; then its sequence is
 * shortened to as few calls as show it, and printed. MUTANT names a fault that the server gets (served.h); with
 * "itself" the kernel is compared with itself, and nothing may differ. Exit status: 0; 1 if there are unknown
 * differences; 2 if something else fails. The second form replays the cases of a file (cases.h), and prints a TAP
 * assertion for each.
 */
#define _GNU_SOURCE
#include "cases.h"
#include "compare.h"
#include "generate.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "put_number() in maker.c needs a little-endian machine");

enum { KINDS_MAX = 500, KINDS_SHOWN = 40, ROUNDS = 4 };

struct twin {
	struct shared *shared;
	int control;
	pid_t pid;
};

struct kind {
	char name[NAME_MAX_BYTES];
	unsigned long count;
	bool known;
};

static struct campaign {
	const struct guest *guest;
	struct twin kernel, served;
	struct kind kinds[KINDS_MAX];
	unsigned n, unknown;
	unsigned long compared, uncertain;
	char *patterns; /* the text of KNOWN-FILE */
} c;                    /* too large for a stack */

static void fail(const char *what)
{
	fprintf(stderr, "differential: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* ---- The twins --------------------------------------------------------------------------------------------------- */

static void twin_start(struct twin *twin, const char *program, const char *how, const char *who, const char *mutant)
{
	int memory = memfd_create("differential", 0), ends[2];

	if (memory < 0 || ftruncate(memory, sizeof *twin->shared))
		fail(program);
	twin->shared = mmap(NULL, sizeof *twin->shared, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (twin->shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		fail("a twin's memory");
	twin->pid = fork();
	if (twin->pid == 0) {
		memory = fcntl(memory, F_DUPFD, 10);
		if (dup2(fcntl(ends[1], F_DUPFD, 10), TWIN_CONTROL) < 0 || dup2(memory, TWIN_SHARED) < 0)
			_exit(2);
		execl(program, "twin", how, who, mutant, (char *)NULL);
		_exit(2);
	}
	close(ends[1]);
	close(memory);
	twin->control = ends[0];
}

static void both_run(void)
{
	char byte = 'g';

	if (write(c.kernel.control, &byte, 1) != 1 || write(c.served.control, &byte, 1) != 1 ||
	    read(c.kernel.control, &byte, 1) != 1 || read(c.served.control, &byte, 1) != 1) {
		fprintf(stderr, "differential: a twin ended\n");
		exit(2);
	}
	if (WIFEXITED(c.kernel.shared->record.status) && WEXITSTATUS(c.kernel.shared->record.status) == 99)
		exit(2);
}

/* ---- Kinds of differences ---------------------------------------------------------------------------------------- */

/* A line of KNOWN-FILE is a shell pattern, " # ", and a reason. */
static bool is_known(const char *name)
{
	char pattern[NAME_MAX_BYTES];

	for (const char *line = c.patterns; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *end = strstr(line, " # ");
		size_t size = end ? (size_t)(end - line) : 0;

		if (*line == '#' || !size || size > strcspn(line, "\n") || size >= sizeof pattern)
			continue;
		memcpy(pattern, line, size);
		pattern[size] = 0;
		while (size && pattern[size - 1] == ' ')
			pattern[--size] = 0;
		if (!fnmatch(pattern, name, 0))
			return true;
	}
	return false;
}

static struct kind *kind_of(const char *name)
{
	for (unsigned i = 0; i < c.n; i++)
		if (!strcmp(c.kinds[i].name, name))
			return &c.kinds[i];
	return NULL;
}

static struct kind *kind_add(const char *name, bool known)
{
	struct kind *kind = &c.kinds[c.n < KINDS_MAX - 1 ? c.n++ : c.n];

	strcpy(kind->name, name);
	kind->count = 0;
	kind->known = known;
	return kind;
}

/* ---- One difference ---------------------------------------------------------------------------------------------- */

/* Compares step i; writes the name of a difference to `name`. */
static enum difference compare_step(uint32_t i, char *name, struct expected *expected)
{
	const struct record *kernel = &c.kernel.shared->record, *served = &c.served.shared->record;
	const struct call *asked = &c.kernel.shared->sequence.call[i];
	enum difference how;

	if (i >= kernel->done || i >= served->done) {
		snprintf(name, NAME_MAX_BYTES, "%s call %d doesn't return: kernel %u, served %u", c.guest->name,
			 asked->call, kernel->done > i, served->done > i);
		return kernel->done == served->done ? SAME : STATE_DIFFERS;
	}
	expect(c.guest, asked, &kernel->step[i], &c.served.shared->sequence.call[i], expected);
	how = difference_of(expected, &served->step[i]);
	if (how != SAME)
		difference_name(c.guest, asked, expected, &served->step[i], name);
	return how;
}

/* True if the last call of the sequence differs in this way each time, and no call before it changed a state
 * differently: so neither an earlier difference nor chance is the cause. */
static bool is_certain(const char *name)
{
	static struct expected expected;
	static struct step before;
	char again[NAME_MAX_BYTES];
	uint32_t last = c.kernel.shared->sequence.length - 1;

	for (int round = 0; round < ROUNDS; round++) {
		const struct step *now = &c.kernel.shared->record.step[last];

		both_run();
		for (uint32_t i = 0; i < last; i++)
			if (compare_step(i, again, &expected) == STATE_DIFFERS)
				return false;
		if (compare_step(last, again, &expected) == SAME || strcmp(again, name))
			return false;
		if (round && (now->result != before.result || memcmp(now->memory, before.memory, SEEN)))
			return false;
		before = *now;
	}
	return true;
}

static void sequence_without(struct sequence *sequence, uint32_t i)
{
	memmove(&sequence->call[i], &sequence->call[i + 1], sizeof *sequence->call * (sequence->length - i - 1));
	sequence->length--;
}

/* Removes each call without which the difference remains. */
static void shorten(const char *name)
{
	static struct sequence kernel, served;

	for (uint32_t i = c.kernel.shared->sequence.length - 1; i-- > 0;) {
		kernel = c.kernel.shared->sequence;
		served = c.served.shared->sequence;
		sequence_without(&c.kernel.shared->sequence, i);
		sequence_without(&c.served.shared->sequence, i);
		if (is_certain(name))
			continue;
		c.kernel.shared->sequence = kernel;
		c.served.shared->sequence = served;
	}
	both_run();
}

static void print_difference(const char *name)
{
	static struct expected expected;
	const struct shared *kernel = c.kernel.shared, *served = c.served.shared;
	char again[NAME_MAX_BYTES];

	printf("%s\n  seed %u%s\n", name, kernel->sequence.seed, kernel->sequence.user ? ", an ordinary user" : "");
	for (uint32_t i = 0; i < kernel->sequence.length && i < kernel->record.done && i < served->record.done; i++) {
		bool last = i + 1 == kernel->sequence.length;

		compare_step(i, again, &expected);
		show(stdout, c.guest, &served->sequence.call[i], &expected, &served->record.step[i], last);
	}
	fflush(stdout);
}

/* ---- A campaign -------------------------------------------------------------------------------------------------- */

/* Counts a difference at step i as known, uncertain or unknown, and prints an unknown one. Returns false if there are
 * too many unknown ones to go on. */
static bool judge_difference(uint32_t i, const char *name)
{
	struct kind *kind = kind_of(name);
	uint32_t seed = c.kernel.shared->sequence.seed;

	if (!kind && is_known(name))
		kind = kind_add(name, true);
	if (kind) {
		kind->count++;
		return true;
	}
	c.kernel.shared->sequence.length = c.served.shared->sequence.length = i + 1;
	if (!is_certain(name)) {
		c.uncertain++;
	} else {
		kind_add(name, false)->count++;
		c.unknown++;
		shorten(name);
		print_difference(name);
	}
	/* is_certain() ran other sequences: run this one again, since its remaining steps are still to be compared */
	generate(&c.kernel.shared->sequence, seed, c.guest, false);
	generate(&c.served.shared->sequence, seed, c.guest, true);
	both_run();
	return c.unknown < KINDS_SHOWN;
}

static bool compare_seed(uint32_t seed)
{
	static struct expected expected;
	char name[NAME_MAX_BYTES];

	generate(&c.kernel.shared->sequence, seed, c.guest, false);
	generate(&c.served.shared->sequence, seed, c.guest, true);
	both_run();
	for (uint32_t i = 0; i < c.kernel.shared->sequence.length; i++) {
		enum difference how = compare_step(i, name, &expected);

		c.compared++;
		if (how != SAME && !judge_difference(i, name))
			return false;
		if (how == STATE_DIFFERS || i >= c.kernel.shared->record.done)
			break;
	}
	return true;
}

static void summary(unsigned long calls)
{
	unsigned long known = 0;

	for (unsigned i = 0; i < c.n; i++)
		known += c.kinds[i].known ? c.kinds[i].count : 0;
	for (unsigned i = 0; i < c.n; i++)
		printf("%7lu %s%s\n", c.kinds[i].count, c.kinds[i].known ? "known: " : "", c.kinds[i].name);
	printf("%s: %lu calls compared of %lu, %lu differ in a known way, %lu not reproducibly, %u kinds are unknown\n",
	       c.guest->name, c.compared, calls, known, c.uncertain, c.unknown);
}

/* ---- The cases of a file ----------------------------------------------------------------------------------------- */

/* Makes the case's calls. True if both twins did the same, or differ in a known way. Sets *name to the difference's
 * name, or to ""; *as_said: this kernel answers what the file says. */
static bool case_agrees_once(const struct known_case *this, char *name, bool *as_said)
{
	static struct expected expected;
	uint32_t last = this->sequence.length - 1;
	int64_t result;
	char answer_is[NAME_MAX_BYTES];

	c.kernel.shared->sequence = c.served.shared->sequence = this->sequence;
	both_run();
	result = c.kernel.shared->record.step[last].result;
	*as_said = c.kernel.shared->record.done > last && !strcmp(answer(c.guest, result, answer_is), this->result);
	*name = 0;
	for (uint32_t i = 0; i <= last; i++)
		if (compare_step(i, name, &expected) != SAME && !is_known(name))
			return false;
	return true;
}

/* The same, but tries again if the twins differ, because chance may have caused that. */
static bool case_agrees(const struct known_case *this, char *name, bool *as_said)
{
	for (int round = 0; round < ROUNDS; round++)
		if (case_agrees_once(this, name, as_said))
			return true;
	return false;
}

/* This kernel must answer at least so many of the cases as the file says; older kernels answer some differently. */
enum { CASES_AS_SAID = 24 };

static bool replay(const char *path)
{
	static struct known_case this;
	FILE *file = fopen(path, "r");
	char name[NAME_MAX_BYTES];
	unsigned n = 0, said = 0;
	bool agrees, as_said, good = true;

	if (!file)
		fail(path);
	while (case_next(file, &this)) {
		agrees = case_agrees(&this, name, &as_said);
		good = good && agrees;
		said += as_said;
		printf("%s %u - %s: %s%s%s%s\n", agrees ? "ok" : "not ok", ++n, this.name, this.what,
		       agrees && !*name ? ""
		       : agrees         ? ": listed: "
					: ": ",
		       name, as_said ? "" : " (this kernel's answer isn't the one in the file)");
	}
	fclose(file);
	good = good && said >= CASES_AS_SAID;
	printf("%s %u - this kernel answers %u of them as the file says\n1..%u\n",
	       said >= CASES_AS_SAID ? "ok" : "not ok", n + 1, said, n + 1);
	return good;
}

static char *read_file(const char *path)
{
	char *text = calloc(1, 1 << 16);
	FILE *file = fopen(path, "r");

	if (!file || !text || fread(text, 1, (1 << 16) - 1, file) == 0)
		fail(path);
	fclose(file);
	return text;
}

int main(int argc, char **argv)
{
	unsigned long calls;
	uint32_t seed;

	if (argc < 7 || !(c.guest = guest_named(argv[3]))) {
		fprintf(stderr, "Usage: differential KERNEL-TWIN SERVED-TWIN GUEST CALLS SEED KNOWN-FILE [MUTANT]\n");
		return 2;
	}
	calls = strtoul(argv[4], NULL, 0);
	seed = (uint32_t)strtoul(argv[5], NULL, 0);
	c.patterns = read_file(argv[6]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	twin_start(&c.kernel, argv[1], "kernel", c.guest->word == 8 ? "8" : "4", NULL);
	if (argv[7] && !strcmp(argv[7], "itself"))
		twin_start(&c.served, argv[1], "kernel", c.guest->word == 8 ? "8" : "4", NULL);
	else
		twin_start(&c.served, argv[2], "served", c.guest->name, argv[7]);
	if (!strcmp(argv[4], "cases"))
		return !replay(argv[5]);
	while (c.compared < calls && compare_seed(seed))
		seed++;
	summary(calls);
	return c.unknown != 0;
}

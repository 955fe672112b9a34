/* SPDX-License-Identifier: MIT */
#include "cli/run_learn.h"

#include "abi/families.h"
#include "cli/run_log.h"
#include "policy/words.h"
#include "run/supervise/surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- What was seen ----------------------------------------------------------------------------------------------- */

/*
 * Returns the socket that the kernel creates for this call: the kernel converts some families, and replaces protocol 0
 * by the default protocol.
 */
static struct run_learned_socket created_socket(const struct seccomp_data *call)
{
	struct run_learned_socket made = {
		.family = (uint32_t)call->args[0],
		.type = (uint32_t)call->args[1] & ABI_TYPE_MASK,
		.protocol = (uint32_t)call->args[2],
	};
	const struct abi_conversion *row;

	for (size_t i = 0; (row = abi_conversion_row(i)); i++)
		if (made.family == (uint32_t)row->from && made.type == (uint32_t)row->type &&
		    (row->decides == ABI_DECIDES_TYPE || made.protocol == (uint32_t)row->protocol)) {
			made.family = (uint32_t)row->to;
			/* This protocol selects the conversion, and isn't the protocol of the socket in row->to. */
			made.any_protocol = row->decides == ABI_DECIDES_PROTOCOL;
			if (made.any_protocol)
				made.protocol = 0;
			return made;
		}
	made.type = (uint32_t)policy_made_type((int)made.family, (int)made.type);
	made.protocol = (uint32_t)policy_made_protocol((int)made.family, (int)made.type, (int)made.protocol);
	return made;
}

/* For qsort(): by family, then by type, then by protocol, where an item for any protocol comes first. */
static int compare_sockets(const void *a, const void *b)
{
	const struct run_learned_socket *x = a, *y = b;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->any_protocol != y->any_protocol)
		return x->any_protocol ? -1 : 1;
	return x->protocol < y->protocol ? -1 : x->protocol > y->protocol;
}

/*
 * Makes room in the list: takes the family that has the most items, and replaces these by one item for the whole
 * family. A family's items are adjacent, because the list is sorted.
 */
static void join_largest_family(struct run_learned *learned)
{
	unsigned first = 0, most = 0, count = 0;

	for (unsigned i = 0; i < learned->socket_count; i++) {
		count = i && learned->sockets[i - 1].family == learned->sockets[i].family ? count + 1 : 1;
		if (count > most) {
			most = count;
			first = i + 1 - count;
		}
	}
	learned->sockets[first] = (struct run_learned_socket){ .family = learned->sockets[first].family };
	learned->socket_count -= most - 1;
	memmove(&learned->sockets[first + 1], &learned->sockets[first + most],
		(learned->socket_count - first - 1) * sizeof *learned->sockets);
}

/* True if this socket, or its whole family, is listed already. */
static bool is_known(const struct run_learned *learned, const struct run_learned_socket *made)
{
	for (unsigned i = 0; i < learned->socket_count; i++)
		if (learned->sockets[i].family == made->family &&
		    (!learned->sockets[i].type || !compare_sockets(&learned->sockets[i], made)))
			return true;
	return false;
}

/* ---- The file ---------------------------------------------------------------------------------------------------- */

/* Prints an item of the list in the syntax of --families: FAMILY, FAMILY:TYPE or FAMILY:TYPE:PROTOCOL. */
static void print_socket(FILE *file, const struct run_learned_socket *socket)
{
	const char *type = policy_type_name((int)socket->type);
	const char *protocol = policy_protocol_name((int)socket->family, (int)socket->protocol);

	fprintf(file, "AF_%s", run_log_family(socket->family));
	if (!socket->type)
		return;
	if (type)
		fprintf(file, ":SOCK_%s", type);
	else
		fprintf(file, ":%u", socket->type);
	if (socket->any_protocol)
		return;
	if (protocol)
		fprintf(file, ":%s", protocol);
	else if (socket->protocol || socket->family != AF_UNIX) /* all protocols of AF_UNIX are the same */
		fprintf(file, ":%u", socket->protocol);
}

/* Prints the file's text: the option --families with the list, between comments. */
static void print(FILE *file, const struct run_learned *learned)
{
	char name[RUN_LEARN_NAME];

	fputs("# socketcall run --learn: the sockets that were asked for. Nothing was refused, and socketcall was "
	      "open.\n"
	      "--families '",
	      file);
	if (!learned->socket_count)
		fputs("none", file);
	for (unsigned i = 0; i < learned->socket_count; i++) {
		fputs(i ? " " : "", file);
		print_socket(file, &learned->sockets[i]);
	}
	fputs("'\n", file);
	for (unsigned i = 0; i < learned->socket_count; i++)
		if (!learned->sockets[i].type)
			fprintf(file, "# AF_%s is listed as a whole: it was asked for in too many ways for a list\n",
				run_log_family(learned->sockets[i].family));
	for (unsigned i = 0; i < learned->program_count; i++) {
		run_log_escape(name, sizeof name, learned->programs[i], strlen(learned->programs[i]));
		fprintf(file, "# makes multiplexed calls, which a policy refuses: \"%s\"\n", name);
	}
	if (learned->more_programs)
		fputs("# other programs, too, make multiplexed calls, which a policy refuses\n", file);
}

/*
 * Overwrites the file by one write(), so that it is never empty: a reader finds the old or the new text, or, where they
 * are longer than a page, perhaps a mixture. If the new text is shorter than the old one, the rest of the old one
 * follows it until the file is truncated. Returns 0; or -errno, ENOSPC also if there is room for a part of the text:
 * then the file has only that part.
 */
static int write_file(int fd, const struct run_learned *learned)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	ssize_t n;
	int r = 0;

	if (!file)
		return -ENOMEM;
	print(file, learned);
	if (fclose(file)) {
		free(text);
		return -ENOMEM;
	}
	n = pwrite(fd, text, length, 0);
	if (n < 0 || (n == (ssize_t)length && ftruncate(fd, (off_t)length)))
		r = -errno;
	else if (n != (ssize_t)length)
		r = -ENOSPC;
	free(text);
	return r;
}

int run_learn_open(struct run_learn *learn, const char *name)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat file;
	void (*before)(int);
	int r;

	learn->fd = descriptor_above_standard(open(name, flags, 0666));
	if (learn->fd < 0 || fstat(learn->fd, &file))
		return -errno;
	if (!S_ISREG(file.st_mode))
		return -EINVAL;
	learn->learned = mmap(NULL, sizeof *learn->learned, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (learn->learned == MAP_FAILED)
		return -errno;
	/* Where no file may have any bytes (RLIMIT_FSIZE), the error is returned; its signal would end this process. */
	before = signal(SIGXFSZ, SIG_IGN);
	r = write_file(learn->fd, &learn->learned->states[0]);
	signal(SIGXFSZ, before);
	return r;
}

/* The state that the file has. */
static const struct run_learned *current(const struct run_learn *learn)
{
	return &learn->learned->states[learn->learned->current];
}

/* Copies the current state to the other element of `states`. Returns the copy, to be changed and given to keep(). */
static struct run_learned *copy_current(struct run_learn *learn)
{
	struct run_learned *copy = &learn->learned->states[!learn->learned->current];

	*copy = *current(learn);
	return copy;
}

/*
 * Writes the changed copy to the file and makes it the current state. If the disk has no room for it, the file gets the
 * current state again, whose blocks it has, and what changed is learned at the next such call.
 */
static void keep(struct run_learn *learn, const struct run_learned *copy)
{
	if (write_file(learn->fd, copy))
		write_file(learn->fd, current(learn));
	else
		learn->learned->current = !learn->learned->current;
}

void run_learn_socket(struct run_learn *learn, const struct seccomp_data *call)
{
	struct run_learned_socket made = created_socket(call);
	struct run_learned *learned;

	/* The kernel creates no socket of a family that has no row, nor one of type 0. */
	if (!run_log_family(made.family) || !made.type || is_known(current(learn), &made))
		return;
	learned = copy_current(learn);
	if (learned->socket_count == RUN_LEARN_SOCKETS)
		join_largest_family(learned);
	if (!is_known(learned, &made)) {
		learned->sockets[learned->socket_count++] = made;
		qsort(learned->sockets, learned->socket_count, sizeof *learned->sockets, compare_sockets);
	}
	keep(learn, learned);
}

void run_learn_program(struct run_learn *learn, const char *program)
{
	struct run_learned *learned;

	for (unsigned i = 0; i < current(learn)->program_count; i++)
		if (!strncmp(current(learn)->programs[i], program, RUN_LEARN_NAME - 1))
			return;
	if (current(learn)->more_programs)
		return;
	learned = copy_current(learn);
	learned->more_programs = learned->program_count == RUN_LEARN_PROGRAMS;
	if (!learned->more_programs)
		snprintf(learned->programs[learned->program_count++], RUN_LEARN_NAME, "%s", program);
	keep(learn, learned);
}

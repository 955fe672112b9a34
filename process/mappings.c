/* SPDX-License-Identifier: MIT */
#include "process/mappings.h"

#include "process/memory.h"
#include "process/proc.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { HEADERS_MOST = 32 /* program headers; a program with more isn't taken for a static one */ };

/* Parses a line of /proc/PID/maps. Returns false if it isn't an executable mapping below 4 GiB. */
static bool parse_text(const char *line, struct mappings_text *text)
{
	char *p, *permissions;
	uint64_t start = strtoull(line, &p, 16), end = *p == '-' ? strtoull(p + 1, &p, 16) : 0;
	unsigned major, minor;

	if (*p != ' ' || end > UINT32_MAX)
		return false;
	permissions = p + 1;
	if (strnlen(permissions, 5) != 5 || permissions[2] != 'x')
		return false;
	strtoull(permissions + 4, &p, 16); /* the offset in the file */
	major = (unsigned)strtoul(p, &p, 16);
	if (*p != ':')
		return false;
	minor = (unsigned)strtoul(p + 1, &p, 16);
	text->inode = strtoull(p, &p, 10);
	text->start = (uint32_t)start;
	text->end = (uint32_t)end;
	text->device = makedev(major, minor);
	text->changed = 0;
	text->path = p + strspn(p, " ");
	return true;
}

/*
 * Finds the executable segment of a program without PT_INTERP and PT_DYNAMIC. Such a program is mapped at the addresses
 * in its program headers, and has no libraries. Returns false if the program isn't of this kind, or doesn't have
 * exactly one executable segment.
 */
static bool find_static_text(const struct process *process, struct mappings_text *text)
{
	Elf32_Phdr headers[HEADERS_MOST];
	struct stat file;
	bool found = false;

	if (!process->header_count || process->header_count > HEADERS_MOST ||
	    memory_read(process, process->headers, headers, process->header_count * sizeof *headers))
		return false;
	for (uint32_t i = 0; i < process->header_count; i++) {
		const Elf32_Phdr *header = &headers[i];

		if (header->p_type == PT_INTERP || header->p_type == PT_DYNAMIC)
			return false;
		if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
			continue;
		if (found || header->p_filesz > UINT32_MAX - header->p_vaddr)
			return false;
		found = true;
		*text = (struct mappings_text){ .start = header->p_vaddr, .end = header->p_vaddr + header->p_filesz };
	}
	if (!found || proc_stat(process->pid, "exe", &file))
		return false;
	text->device = file.st_dev;
	text->inode = file.st_ino;
	text->changed = (uint64_t)file.st_mtim.tv_sec * 1000000000 + (uint64_t)file.st_mtim.tv_nsec;
	return true;
}

int mappings_read(struct mappings *mappings, const struct process *process, uint32_t address, char *buffer, size_t size)
{
	struct mappings_text *program = &mappings->program;
	ssize_t n;
	int fd;

	*mappings = (struct mappings){ .is_static = false };
	mappings->is_static = find_static_text(process, program);
	if (mappings->is_static && (!address || (address >= program->start && address < program->end)))
		return 0;
	mappings->is_static = false;
	fd = process_open_file(process->pid, "maps", O_RDONLY);
	if (fd < 0)
		return fd;
	n = proc_read(fd, buffer, size - 1);
	close(fd);
	if (n < 0)
		return (int)n;
	for (ssize_t i = 0; i < n; i++)
		if (buffer[i] == '\n')
			buffer[i] = '\0';
	buffer[n] = '\0';
	mappings->lines = buffer;
	mappings->end = buffer + n;
	return 0;
}

int mappings_each_text(const struct mappings *mappings, int (*each)(void *context, const struct mappings_text *text),
		       void *context)
{
	struct mappings_text text;
	int r = 0;

	if (mappings->is_static)
		return each(context, &mappings->program);
	for (const char *line = mappings->lines; !r && line < mappings->end; line += strlen(line) + 1)
		if (parse_text(line, &text))
			r = each(context, &text);
	return r;
}

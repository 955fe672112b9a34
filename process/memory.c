/* SPDX-License-Identifier: MIT */
#include "process/memory.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

enum { AUXV_MOST = 64, MAPS_MOST = 1 << 20, HEADERS_MOST = 32, STATUS_MOST = 4096 };

static int open_plain(pid_t pid, const char *name, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* What was read last of a /proc/pid/status, but for the supplementary groups, of which there may be 65,536. */
static char status[STATUS_MOST];

static int read_status(int fd)
{
	static const char groups[] = "\nGroups:";
	enum { NAME = sizeof groups - 1 };
	char piece[1024];
	size_t length = 0;
	int skipping = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, piece, sizeof piece)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (piece[i] == '\n')
				skipping = 0;
			if (!skipping && length < sizeof status - 1)
				status[length++] = piece[i];
			skipping |= length >= NAME && !memcmp(status + length - NAME, groups, NAME);
		}
	}
	close(fd);
	status[length] = '\0';
	return 0;
}

/* The number of field `which`, from 0 on, of the line of that which begins with `name`. 0 or -ESRCH. */
static int field(const char *name, unsigned which, unsigned *value)
{
	const char *p = strstr(status, name);
	char *end;

	if (!p)
		return -ESRCH;
	p += strlen(name);
	for (;;) {
		/* Not on to the next line. */
		p += strspn(p, " \t");
		*value = (unsigned)strtoul(p, &end, 10);
		if (end == p)
			return -ESRCH;
		if (!which--)
			return 0;
		p = end;
	}
}

static int file_system_ids(pid_t pid, unsigned *uid, unsigned *gid)
{
	int r = read_status(open_plain(pid, "status", O_RDONLY));

	if (!r)
		r = field("\nUid:", 3, uid);
	return r ? r : field("\nGid:", 3, gid);
}

/* A number in a thread's status, or 0. */
static unsigned number_of(pid_t thread, const char *name)
{
	unsigned number;

	if (read_status(open_plain(thread, "status", O_RDONLY)) || field(name, 0, &number))
		return 0;
	return number;
}

pid_t target_process(pid_t thread)
{
	return (pid_t)number_of(thread, "\nTgid:");
}

pid_t target_parent(pid_t thread)
{
	return (pid_t)number_of(thread, "\nPPid:");
}

unsigned target_filters(pid_t thread)
{
	return number_of(thread, "\nSeccomp_filters:");
}

int target_traced(pid_t thread)
{
	unsigned tracer;
	int r = read_status(open_plain(thread, "status", O_RDONLY));

	if (r)
		return r != -ENOENT && r != -ESRCH; /* ENFILE and others will pass */
	return !strstr(status, "\nState:\tZ") && !strstr(status, "\nState:\tX") && !field("\nTracerPid:", 0, &tracer) &&
	       (pid_t)tracer == getpid();
}

int target_shuts_out(pid_t thread, int signal)
{
	static const char *const names[] = { "\nSigBlk:", "\nSigIgn:" };
	unsigned long long signals = 0;

	if (read_status(open_plain(thread, "status", O_RDONLY)))
		return 0;
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
		const char *p = strstr(status, names[i]);

		if (p)
			signals |= strtoull(p + strlen(names[i]), NULL, 16);
	}
	return (signals >> (signal - 1) & 1) != 0;
}

int target_numbered(void)
{
	unsigned inner;
	int r = read_status(open("/proc/self/status", O_RDONLY | O_CLOEXEC));

	if (r)
		return -errno;
	return field("\nNSpid:", 1, &inner) ? 0 : -ESRCH;
}

static int stat_plain(pid_t pid, const char *name, struct stat *file)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return stat(path, file) ? -errno : 0;
}

/*
 * /proc checks the caller's file-system identity. Raw calls, since libc's would reach for other threads; they answer with
 * the old identity whatever happens.
 */
static int open_as_target(pid_t pid, const char *name, int flags)
{
	unsigned uid, gid;
	long own_uid, own_gid;
	int fd = open_plain(pid, name, flags);

	if ((fd != -EACCES && fd != -EPERM) || file_system_ids(pid, &uid, &gid))
		return fd;
	own_gid = syscall(SYS_setfsgid, gid);
	own_uid = syscall(SYS_setfsuid, uid);
	fd = open_plain(pid, name, flags);
	syscall(SYS_setfsuid, own_uid);
	syscall(SYS_setfsgid, own_gid);
	return fd;
}

/* Reads until the end or the buffer is full; the bytes, or -errno. */
static ssize_t read_all(int fd, void *buffer, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, (char *)buffer + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static int read_auxv(struct target *target)
{
	Elf32_auxv_t auxv[AUXV_MOST];
	int fd = open_as_target(target->pid, "auxv", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read_all(fd, auxv, sizeof auxv);
	close(fd);
	if (n < 0)
		return (int)n;
	for (size_t i = 0; i < (size_t)n / sizeof *auxv && auxv[i].a_type != AT_NULL; i++)
		switch (auxv[i].a_type) {
		case AT_SYSINFO:
			target->entry = auxv[i].a_un.a_val;
			break;
		case AT_SYSINFO_EHDR:
			target->vdso = auxv[i].a_un.a_val;
			break;
		case AT_ENTRY:
			target->start = auxv[i].a_un.a_val;
			break;
		case AT_PHDR:
			target->headers = auxv[i].a_un.a_val;
			break;
		case AT_PHNUM:
			target->header_count = auxv[i].a_un.a_val;
			break;
		}
	return 0;
}

int target_open(struct target *target, pid_t pid)
{
	struct stat folder;
	int r;

	*target = (struct target){ .pid = pid };
	target->memory = open_as_target(pid, "mem", O_RDWR);
	if (target->memory < 0)
		return target->memory;
	r = stat_plain(pid, ".", &folder);
	target->owner = folder.st_uid;
	if (!r)
		r = read_auxv(target);
	if (r)
		target_close(target);
	return r;
}

int target_try(pid_t pid)
{
	static const char byte = 1; /* at the same address there */
	int fd, r = target_numbered();

	if (r)
		return r;
	fd = open_as_target(pid, "mem", O_RDWR);
	if (fd < 0)
		return fd;
	if (pwrite(fd, &byte, 1, (off_t)(uintptr_t)&byte) != 1)
		r = -errno;
	close(fd);
	return r;
}

void target_close(struct target *target)
{
	close(target->memory);
	target->memory = -1;
}

int target_read(const struct target *target, uint32_t at, void *bytes, size_t size)
{
	ssize_t n = pread(target->memory, bytes, size, at);

	return n < 0 ? -errno : (size_t)n == size ? 0 : -EFAULT;
}

int target_read_own(const struct target *target, uint32_t at, void *bytes, size_t size)
{
	struct iovec to = { bytes, size }, from = { (void *)(uintptr_t)at, size };
	ssize_t n = process_vm_readv(target->pid, &to, 1, &from, 1, 0);

	if (n < 0 && errno != EFAULT)
		return target_read(target, at, bytes, size);
	return n >= 0 && (size_t)n == size ? 0 : -EFAULT;
}

/*
 * By ptrace, which a system that doesn't let /proc/pid/mem be forced still lets a tracer do. 0, or -EIO, also where this
 * process doesn't trace the target.
 */
static int poke(const struct target *target, uint32_t at, const unsigned char *bytes, size_t size)
{
	while (size) {
		uint32_t first = at & -(uint32_t)sizeof(long), skip = at - first;
		size_t part = sizeof(long) - skip < size ? sizeof(long) - skip : size;
		long word;

		if (target_read(target, first, &word, sizeof word))
			return -EIO;
		memcpy((unsigned char *)&word + skip, bytes, part);
		if (ptrace(PTRACE_POKEDATA, target->pid, (uintptr_t)first, word))
			return -EIO;
		at += part;
		bytes += part;
		size -= part;
	}
	return 0;
}

int target_write(const struct target *target, uint32_t at, const void *bytes, size_t size)
{
	ssize_t n = pwrite(target->memory, bytes, size, at);

	if (n < 0)
		return errno == EIO ? poke(target, at, bytes, size) : -errno;
	return (size_t)n == size ? 0 : -EFAULT;
}

/* One line of /proc/pid/maps; 0 when it is no executable mapping of a file below 4 GiB. */
static int parse_text(char *line, struct target_text *text)
{
	char *p = line, *permissions;
	uint64_t start = strtoull(p, &p, 16), end = *p == '-' ? strtoull(p + 1, &p, 16) : 0;
	unsigned major, minor;

	if (*p != ' ' || end > UINT32_MAX)
		return 0;
	permissions = p + 1;
	if (strnlen(permissions, 5) != 5 || permissions[2] != 'x')
		return 0;
	strtoull(permissions + 4, &p, 16); /* the offset in the file */
	major = (unsigned)strtoul(p, &p, 16);
	if (*p != ':')
		return 0;
	minor = (unsigned)strtoul(p + 1, &p, 16);
	text->inode = strtoull(p, &p, 10);
	if (!text->inode)
		return 0;
	text->start = (uint32_t)start;
	text->end = (uint32_t)end;
	text->device = makedev(major, minor);
	text->changed = 0;
	text->path = p + strspn(p, " ");
	return 1;
}

/* The text of a program without PT_INTERP and PT_DYNAMIC: at its own addresses, and all there is. 0 when it isn't one. */
static int static_text(const struct target *target, struct target_text *text)
{
	Elf32_Phdr headers[HEADERS_MOST];
	struct stat file;
	int found = 0;

	if (!target->header_count || target->header_count > HEADERS_MOST ||
	    target_read(target, target->headers, headers, target->header_count * sizeof *headers))
		return 0;
	for (uint32_t i = 0; i < target->header_count; i++) {
		const Elf32_Phdr *header = &headers[i];

		if (header->p_type == PT_INTERP || header->p_type == PT_DYNAMIC)
			return 0;
		if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
			continue;
		if (found++ || header->p_filesz > UINT32_MAX - header->p_vaddr)
			return 0;
		*text = (struct target_text){ .start = header->p_vaddr, .end = header->p_vaddr + header->p_filesz };
	}
	if (!found || stat_plain(target->pid, "exe", &file))
		return 0;
	text->device = file.st_dev;
	text->inode = file.st_ino;
	text->changed = (uint64_t)file.st_mtim.tv_sec * 1000000000 + (uint64_t)file.st_mtim.tv_nsec;
	return 1;
}

int target_texts(const struct target *target, int (*each)(void *context, const struct target_text *), void *context)
{
	static char maps[MAPS_MOST];
	struct target_text text;
	char *next;
	ssize_t n;
	int fd, r = 0;

	if (static_text(target, &text))
		return each(context, &text);
	fd = open_as_target(target->pid, "maps", O_RDONLY);
	if (fd < 0)
		return fd;
	n = read_all(fd, maps, sizeof maps - 1);
	close(fd);
	if (n < 0)
		return (int)n;
	maps[n] = '\0';
	for (char *line = maps; !r && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		else
			next = line + strlen(line);
		if (parse_text(line, &text))
			r = each(context, &text);
	}
	return r;
}

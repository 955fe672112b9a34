/* SPDX-License-Identifier: MIT */
#include "process/process.h"

#include "process/proc.h"
#include "process/status.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AUXV_MOST = 64 /* entries of the auxiliary vector that are read */ };

int process_open_file(pid_t pid, const char *name, int flags)
{
	unsigned uid, gid;
	int fd = proc_open(pid, name, flags);

	if ((fd != -EACCES && fd != -EPERM) || status_file_system_ids(pid, &uid, &gid))
		return fd;
	return proc_open_as(pid, name, flags, uid, gid);
}

static int read_auxv(struct process *process)
{
	Elf32_auxv_t auxv[AUXV_MOST];
	int fd = process_open_file(process->pid, "auxv", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = proc_read(fd, auxv, sizeof auxv);
	close(fd);
	if (n < 0)
		return (int)n;
	for (size_t i = 0; i < (size_t)n / sizeof *auxv && auxv[i].a_type != AT_NULL; i++)
		switch (auxv[i].a_type) {
		case AT_SYSINFO:
			process->vdso_entry = auxv[i].a_un.a_val;
			break;
		case AT_SYSINFO_EHDR:
			process->vdso = auxv[i].a_un.a_val;
			break;
		case AT_ENTRY:
			process->program_entry = auxv[i].a_un.a_val;
			break;
		case AT_PHDR:
			process->headers = auxv[i].a_un.a_val;
			break;
		case AT_PHNUM:
			process->header_count = auxv[i].a_un.a_val;
			break;
		}
	return 0;
}

int process_open(struct process *process, pid_t pid)
{
	struct stat folder;
	int r;

	*process = (struct process){ .pid = pid };
	process->memory = process_open_file(pid, "mem", O_RDWR);
	r = process->memory;
	if (r == -EACCES || r == -EPERM || r == -EROFS) {
		process->is_read_only = true;
		process->memory = process_open_file(pid, "mem", O_RDONLY);
	}
	if (process->memory < 0)
		return r;
	r = proc_stat(pid, ".", &folder);
	process->owner = folder.st_uid;
	if (!r)
		r = read_auxv(process);
	if (r)
		process_close(process);
	return r;
}

void process_close(struct process *process)
{
	close(process->memory);
	process->memory = -1;
}

/* SPDX-License-Identifier: MIT */
#include "agent/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	PATH_SIZE = 4096,
	NAME_SIZE = 32,
	ATTEMPTS_MOST = 100,
	SLOTS = AGENT_REFUSALS + 1 /* of the ring of refusals */
};

/* ---- For the processes that serve -------------------------------------------------------------------------------- */

/* Opens the folder. Fails if another user owns it or may use it, because such a user could put files there. */
static int open_folder(const char *folder)
{
	struct stat found;
	int fd;

	mkdir(folder, 0700);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &found))
		return fd;
	if (found.st_uid == geteuid() && !(found.st_mode & 077))
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

/*
 * The name of the container's file is the PID of the process that makes it. That process may be killed while others
 * serve the container. The PID isn't reused as long as one of these exists, because it is also the ID of their session
 * (leave_surroundings()). So no two containers' files have the same name.
 */
static void name_file(char name[NAME_SIZE], pid_t pid)
{
	snprintf(name, NAME_SIZE, "%d", (int)pid);
}

/*
 * Locks and maps the file. Its blocks are allocated first: if the disk is full, that fails with ENOSPC here, while a
 * write to mapped memory without a block kills the process by SIGBUS. Returns a null pointer, with ENOENT, if a reader
 * has removed the file: before it was locked, it looked like the file of a container that isn't served any more.
 */
static struct agent_status *map(int fd)
{
	void *status;
	struct stat file;
	int error = posix_fallocate(fd, 0, sizeof(struct agent_status));

	if (error) {
		errno = error;
		return NULL;
	}
	if (flock(fd, LOCK_SH) || fstat(fd, &file))
		return NULL;
	if (!file.st_nlink) {
		errno = ENOENT;
		return NULL;
	}
	status = mmap(NULL, sizeof(struct agent_status), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return status == MAP_FAILED ? NULL : status;
}

/* Makes this process' file; removes an old one of that name first. Returns the same as agent_status_new(). */
static struct agent_status *make_file(int directory, int *lock)
{
	struct agent_status *status;
	char name[NAME_SIZE];
	int error;

	name_file(name, getpid());
	unlinkat(directory, name, 0);
	*lock = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*lock < 0)
		return NULL;
	status = map(*lock);
	if (status)
		return status;
	error = errno;
	close(*lock);
	*lock = -1;
	errno = error;
	return NULL;
}

struct agent_status *agent_status_new(const char *folder, const struct agent_message *message, int *lock)
{
	int directory = open_folder(folder), error;
	struct agent_status *status = NULL;

	*lock = -1;
	if (directory < 0)
		return NULL;
	for (unsigned i = 0; !status && i < ATTEMPTS_MOST && (!i || errno == ENOENT); i++)
		status = make_file(directory, lock);
	error = errno;
	close(directory);
	errno = error;
	if (!status)
		return NULL;
	status->pid = getpid();
	status->since = time(NULL);
	memcpy(status->container, message->container, sizeof status->container);
	memcpy(status->metadata, message->metadata, sizeof status->metadata);
	/* Last, because readers skip a file without it, which is incomplete. */
	__atomic_store_n(&status->version, AGENT_STATUS_VERSION, __ATOMIC_RELEASE);
	return status;
}

void agent_status_remove(const char *folder, const struct agent_status *status)
{
	char path[PATH_SIZE], name[NAME_SIZE];

	name_file(name, status->pid);
	if (snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path)
		unlink(path);
}

void agent_status_add_refusal(struct agent_status *status, pid_t pid, const char *program, enum agent_reason reason)
{
	struct agent_refusal *refusal = &status->refusals[status->remembered % SLOTS];

	*refusal = (struct agent_refusal){ .time = time(NULL), .pid = pid, .reason = reason };
	snprintf(refusal->program, sizeof refusal->program, "%s", program);
	agent_make_printable(refusal->program);
	if (reason == AGENT_AUDITED)
		status->audited++;
	else
		status->refused++;
	__atomic_store_n(&status->remembered, status->remembered + 1, __ATOMIC_RELEASE);
}

const struct agent_refusal *agent_status_refusal(const struct agent_status *status, uint64_t i)
{
	return &status->refusals[i % SLOTS];
}

void agent_status_add_latency(struct agent_status *status, uint64_t microseconds)
{
	unsigned class = 0;

	while (class < AGENT_LATENCIES - 1 && microseconds >> (class + 1))
		class ++;
	status->latencies[class]++;
}

/* ---- For --status ------------------------------------------------------------------------------------------------ */

/* Reads a container's file. If nobody holds the file's lock, removes it instead. Returns true if it was read. */
static bool read_status(int directory, const char *name, struct agent_status *status)
{
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool valid;

	if (fd < 0)
		return false;
	if (!flock(fd, LOCK_EX | LOCK_NB)) {
		unlinkat(directory, name, 0);
		close(fd);
		return false;
	}
	valid = read(fd, status, sizeof *status) == sizeof *status && status->version == AGENT_STATUS_VERSION;
	close(fd);
	return valid;
}

int agent_status_each(const char *folder, int (*each)(void *context, const struct agent_status *status), void *context)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!directory) {
		r = -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	while (!r && (entry = readdir(directory))) {
		struct agent_status status;

		if (entry->d_name[0] != '.' && read_status(fd, entry->d_name, &status))
			r = each(context, &status);
	}
	closedir(directory);
	return r;
}

uint64_t agent_status_latency(const struct agent_status *status, unsigned per_mille)
{
	uint64_t all = 0, seen = 0;

	for (unsigned i = 0; i < AGENT_LATENCIES; i++)
		all += status->latencies[i];
	for (unsigned i = 0; all && i < AGENT_LATENCIES; i++) {
		seen += status->latencies[i];
		if (seen * 1000 >= all * per_mille)
			return UINT64_C(2) << i;
	}
	return 0;
}

const char *agent_reason_text(enum agent_reason reason)
{
	switch (reason) {
	case AGENT_CANNOT_TRACE:
		return "cannot trace its thread";
	case AGENT_CANNOT_WRITE:
		return "cannot open or write its memory";
	case AGENT_NO_VDSO:
		return "it has no 32-bit vDSO";
	case AGENT_OTHER_VDSO:
		return "its vDSO is not this kernel's";
	case AGENT_NO_DIRECT_CALL:
		return "there is no direct call for it here, or a filter refuses that";
	case AGENT_NOT_SEEN:
		return "its process is not in the agent's PID namespace: run the agent in the host's";
	case AGENT_NO_ANSWER:
		return "cannot read its memory in time";
	case AGENT_AUDITED:
		return "none is refused: socketcall is open (--audit)";
	case AGENT_UNKNOWN_CALL:
		return "it is not a call that this agent serves";
	case AGENT_REASONS:
		break;
	}
	return "?";
}

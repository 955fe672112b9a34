/* SPDX-License-Identifier: MIT
 *
 * fuse FILE PROGRAM…  mounts a FUSE file system over FILE that consists of one file. The file can be opened and mapped,
 * but reads are never answered: a process that reads a byte waits until this process ends. Runs the program, and exits
 * with its status. fuse(4).
 */
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 1 << 16 };

static void answer(int device, uint64_t request, int error, void *body, size_t size)
{
	struct {
		struct fuse_out_header header;
		char body[256];
	} reply = { .header = { .len = (uint32_t)(sizeof reply.header + size), .error = -error, .unique = request } };

	memcpy(reply.body, body, size);
	(void)!write(device, &reply, reply.header.len);
}

static void serve(int device)
{
	static union {
		struct fuse_in_header header;
		char bytes[FUSE_MIN_READ_BUFFER * 20];
	} request;
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 4096 };
	struct fuse_attr_out file = { .attr_valid = 3600,
				      .attr = { .ino = 1, .mode = S_IFREG | 0755, .nlink = 1, .size = SIZE } };
	struct fuse_open_out opened = { .fh = 1, .open_flags = FOPEN_KEEP_CACHE }; /* others may open it */

	if (read(device, &request, sizeof request) < (ssize_t)sizeof request.header)
		return;
	switch (request.header.opcode) {
	case FUSE_INIT:
		answer(device, request.header.unique, 0, &init, sizeof init);
		break;
	case FUSE_GETATTR:
		answer(device, request.header.unique, 0, &file, sizeof file);
		break;
	case FUSE_OPEN:
		answer(device, request.header.unique, 0, &opened, sizeof opened);
		break;
	case FUSE_READ:
	case FUSE_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(device, request.header.unique, 38 /* ENOSYS */, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC), status, process;
	char options[128];
	pid_t pid;

	if (argc < 3)
		return 2;
	snprintf(options, sizeof options, "fd=%d,rootmode=100755,user_id=0,group_id=0,allow_other", device);
	if (device < 0 || mount("fuse", argv[1], "fuse", MS_NOSUID | MS_NODEV, options)) {
		perror("fuse");
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		stat(argv[1], &(struct stat){ 0 }); /* the kernel learns the size */
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	process = (int)syscall(SYS_pidfd_open, pid, 0);
	for (;;) {
		struct pollfd polls[] = { { .fd = process, .events = POLLIN }, { .fd = device, .events = POLLIN } };

		poll(polls, 2, -1);
		if (polls[0].revents)
			break;
		serve(device);
	}
	umount2(argv[1], MNT_DETACH);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 3;
}

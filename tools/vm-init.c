/* SPDX-License-Identifier: MIT
 *
 * The first process of a guest of tools/vm: loads the modules that /vm/modules names, runs the command of /vm/command,
 * copies its output to one port and its status to the other, and powers off. If something fails before the command
 * starts, a message is on the console, and no status is written. If /vm/root exists, the root is a folder of the host
 * with the files of /vm/above over it, and the command's working directory is the path in /vm/root. If /vm/init exists,
 * the program that it names becomes the first process, and a child does the rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum {
	OUTPUT_MAX = 32768,
	COMMAND_MAX = 1 << 17,
	LINE_MAX = 4096,
	ARGUMENTS_MAX = 1024,
};

static const struct {
	const char *type, *where, *options;
} mounts[] = {
	{ "proc", "/proc", "" },
	{ "sysfs", "/sys", "" },
	{ "devtmpfs", "/dev", "mode=755" },
	{ "devpts", "/dev/pts", "ptmxmode=0666,mode=620,gid=5" },
	{ "tmpfs", "/dev/shm", "mode=1777" },
	{ "tmpfs", "/tmp", "mode=1777" },
	{ "tmpfs", "/run", "mode=755" },
	{ "securityfs", "/sys/kernel/security", "" },
	{ "cgroup2", "/sys/fs/cgroup", "" },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

__attribute__((noreturn)) static void power_off(void)
{
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

__attribute__((noreturn)) static void fail(const char *what)
{
	int error = errno, fd = open("/dev/console", O_WRONLY | O_NOCTTY);

	dprintf(fd, "vm-init: %s: %s\n", what, strerror(error));
	/* Wait until the console's queue is written. */
	tcdrain(fd);
	power_off();
}

/* Mounts the file systems, except one whose mount point contains `folder`, which it would hide. */
static void mount_all(const char *folder)
{
	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		size_t length = strlen(mounts[i].where);

		if (strncmp(folder, mounts[i].where, length) == 0 && folder[length] == '/')
			continue;
		mkdir(mounts[i].where, 0755);
		/* Some kernels lack the last two. */
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, mounts[i].options) && errno != ENODEV &&
		    errno != ENOENT)
			fail(mounts[i].where);
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlink(links[i][0], links[i][1]) && errno != EEXIST)
			fail(links[i][1]);
}

static void make_mount(const char *type, const char *from, const char *where, unsigned long flags, const char *options)
{
	mkdir(where, 0755);
	if (mount(from, where, type, flags, options))
		fail(where);
}

/* The kernel runs modprobe when a family, or the like, is missing. The host's modprobe has no modules of this kernel,
 * but takes a fifth of a second to find that out: don't let the kernel run it. */
static void no_modprobe(void)
{
	int fd = open("/proc/sys/kernel/modprobe", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "\n", 1) != 1)
		fail("/proc/sys/kernel/modprobe");
	close(fd);
}

/* Reads the first line of a file, of at most LINE_MAX bytes; returns false if there is no such file. */
static bool read_line(const char *path, char *line)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, line, LINE_MAX - 1);
	if (n <= 0)
		fail(path);
	close(fd);
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

/* Makes the host's root the root of this process and all others. An overlay above it takes all writes. */
static void enter_host_root(void)
{
	char folder[LINE_MAX] = "";

	if (!read_line("/vm/root", folder))
		return;
	make_mount("9p", "root", "/host", MS_RDONLY, "trans=virtio,version=9p2000.L,msize=524288,cache=loose");
	make_mount("tmpfs", "tmpfs", "/layer", 0, "mode=755,size=80%");
	mkdir("/layer/upper", 0755);
	mkdir("/layer/work", 0755);
	make_mount("overlay", "overlay", "/root", 0,
		   "lowerdir=/vm/above:/host,upperdir=/layer/upper,workdir=/layer/work");
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		fail("the host's root");
	mount_all(folder);
	no_modprobe();
	if (chdir(folder))
		fail(folder);
}

/* Returns in a child; this process executes `init`, and so stays process 1. */
static void become(char *init)
{
	char *arguments[] = { init, NULL };
	pid_t pid = fork();

	if (pid == 0)
		return;
	if (pid > 0 && chdir("/") == 0)
		execv(init, arguments);
	fail(init);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		fail("lo");
	close(fd);
}

static void load_modules(void)
{
	FILE *list = fopen("/vm/modules", "re");
	char path[256];

	if (!list)
		fail("/vm/modules");
	while (fgets(path, sizeof path, list)) {
		int fd;

		path[strcspn(path, "\n")] = 0;
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
			fail(path);
		close(fd);
	}
	fclose(list);
}

/* Waits for the port: it appears some time after the module was loaded. */
static int open_port(const char *path)
{
	for (int i = 0; i < 3000; i++) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		if (fd >= 0)
			return fd;
		if (errno != ENOENT && errno != ENXIO)
			break;
		usleep(10000);
	}
	fail(path);
}

static void write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno != EINTR)
			fail("can't write to a port");
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
}

/* Runs in the command's process. */
__attribute__((noreturn)) static void run(int output, uid_t uid, char **arguments)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char home[] = "HOME=/tmp";
	static char *environment[] = { path, home, NULL };
	int input = open("/dev/null", O_RDONLY | O_CLOEXEC), error;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(input, 0);
	dup2(output, 1);
	dup2(output, 2);
	setsid();
	if (uid != 0 && (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))) {
		dprintf(2, "vm-init: user %u: %s\n", uid, strerror(errno));
		_exit(126);
	}
	execve(arguments[0], arguments, environment);
	error = errno;
	dprintf(2, "vm-init: %s: %s\n", arguments[0], strerror(error));
	_exit(error == ENOENT ? 127 : 126);
}

/* Runs the command and copies its output to the port, until the command and all processes that it has
 * left have ended. Returns the command's status. */
static int supervise(int port, uid_t uid, char **arguments)
{
	static char bytes[OUTPUT_MAX];
	int ends[2], status = 0;
	sigset_t child;
	pid_t command;
	struct pollfd fds[2];

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	fds[0].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fds[0].fd < 0 || pipe2(ends, O_CLOEXEC))
		fail("a pipe");
	fds[1].fd = ends[0];
	fds[0].events = fds[1].events = POLLIN;

	command = fork();
	if (command < 0)
		fail("fork");
	if (command == 0)
		run(ends[1], uid, arguments);
	close(ends[1]);
	for (;;) {
		struct signalfd_siginfo ignored;
		ssize_t n;
		pid_t pid;
		int ended;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll");
		while (read(fds[0].fd, &ignored, sizeof ignored) > 0)
			;
		while ((pid = waitpid(-1, &ended, WNOHANG)) > 0)
			if (pid == command) {
				status = WIFSIGNALED(ended) ? 128 + WTERMSIG(ended) : WEXITSTATUS(ended);
				kill(-1, SIGKILL);
				command = 0;
			}
		if (fds[1].fd >= 0 && fds[1].revents) {
			n = read(ends[0], bytes, sizeof bytes);
			if (n < 0 && errno != EINTR)
				fail("the command's output");
			if (n > 0)
				write_all(port, bytes, (size_t)n);
			/* The command may go on after it has closed its output. */
			if (n == 0)
				fds[1].fd = -1;
		}
		if (command == 0 && fds[1].fd < 0)
			return status;
	}
}

int main(void)
{
	static char text[COMMAND_MAX], *arguments[ARGUMENTS_MAX + 1], init[LINE_MAX];
	int n = 0, fd, output, status;
	bool has_init;
	ssize_t size;

	umask(022);
	/* The kernel starts it with no descriptors when there is no /dev/console. The command gets its own three. */
	do
		fd = open("/", O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && fd < 2);
	mount_all("");
	fd = open("/vm/command", O_RDONLY | O_CLOEXEC);
	size = read(fd, text, sizeof text);
	if (size <= 0 || size == sizeof text)
		fail("/vm/command");
	for (char *at = text; at < text + size && n < ARGUMENTS_MAX; at += strlen(at) + 1)
		arguments[n++] = at;
	has_init = read_line("/vm/init", init);
	load_modules();
	enter_host_root();
	loopback_up();
	output = open_port("/dev/vport0p1");
	status = open_port("/dev/vport0p2");
	if (has_init)
		become(init);
	dprintf(status, "%d\n", supervise(output, (uid_t)strtoul(arguments[0], NULL, 10), arguments + 1));
	power_off();
}

/* SPDX-License-Identifier: MIT
 *
 * A guest in another process, whose calls a seccomp filter reports. The server accesses its memory by process_vm_*, its
 * descriptors by pidfd_getfd and SECCOMP_IOCTL_NOTIF_ADDFD (socketcall_process_*), and its credentials by a hook.
 * Without these hooks the same calls must fail, which is tested, too. The guest writes its assertions to a pipe. TAP.
 */
#define _GNU_SOURCE
#include <socketcall/host.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fixtures/listener.h"
#include "tests/fixtures/tap.h"

enum { SAYS = 200, BORROWED_PID = 1, SECONDS = 60 };

/* ---- The guest --------------------------------------------------------------------------------------------------- */

/* The reported system calls, by number, and the call of each. */
static const struct {
	int number, call;
} reported[] = {
	{ SYS_socket, SOCKETCALL_SOCKET },
	{ SYS_socketpair, SOCKETCALL_SOCKETPAIR },
	{ SYS_bind, SOCKETCALL_BIND },
	{ SYS_listen, SOCKETCALL_LISTEN },
	{ SYS_connect, SOCKETCALL_CONNECT },
	{ SYS_accept4, SOCKETCALL_ACCEPT4 },
	{ SYS_sendto, SOCKETCALL_SENDTO },
	{ SYS_recvfrom, SOCKETCALL_RECVFROM },
	{ SYS_sendmsg, SOCKETCALL_SENDMSG },
	{ SYS_recvmsg, SOCKETCALL_RECVMSG },
	{ SYS_getsockname, SOCKETCALL_GETSOCKNAME },
};
enum { REPORTED = sizeof reported / sizeof *reported };

static int filter_load(void)
{
	struct sock_filter filter[REPORTED + 3];
	unsigned short length = 0;

	filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (unsigned char i = 0; i < REPORTED; i++)
		filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)reported[i].number,
								REPORTED - i, 0);
	filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	return load_with_listener(filter, length);
}

/* Writes an assertion, and whether it is true, for the server to print. */
static void says(bool holds, long got, const char *what)
{
	char line[128];
	int size = snprintf(line, sizeof line, "%c%s (%ld)\n", holds ? '+' : '-', what, got);

	if (write(SAYS, line, (size_t)size) != size)
		_exit(2);
}

static int lowest_free(void)
{
	int fd = dup(SAYS);

	close(fd);
	return fd;
}

static long result(long r)
{
	return r < 0 ? -errno : r;
}

static void makes_sockets(void)
{
	int free = lowest_free(), pair[2] = { -1, -1 };
	long r = result(socket(AF_INET, SOCK_DGRAM, 0));

	says(r == free && fcntl((int)r, F_GETFD) == 0, r, "a socket gets the guest's lowest free number");
	close((int)r);
	r = result(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	says(r == 0 && pair[0] == free && pair[1] == free + 1, r,
	     "a pair gets the two lowest free numbers, written to the guest's memory");
	says(fcntl(pair[0], F_GETFD) == FD_CLOEXEC && fcntl(pair[1], F_GETFD) == FD_CLOEXEC, 0,
	     "both ends of a pair with SOCK_CLOEXEC are close-on-exec");
	r = write(pair[0], "direct", 6);
	says(r == 6 && read(pair[1], (char[8]){ 0 }, 8) == 6, r,
	     "bytes written to one end of the pair can be read from the other");
	close(pair[0]);
	close(pair[1]);
	pair[0] = pair[1] = 7;
	r = result(socketpair(AF_INET, SOCK_STREAM, 0, pair));
	says(r == -EOPNOTSUPP && pair[0] == free && pair[1] == free + 1 && lowest_free() == free, r,
	     "a socketpair that fails has written numbers, which are free again");
}

/* The page after `bytes` isn't mapped. */
static char *before_hole(const char *bytes, size_t size)
{
	char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(memory + 4096, 4096);
	return memcpy(memory + 4096 - size, bytes, size);
}

static void moves_bytes(void)
{
	char *bytes = before_hole("at the end", 10), got[16];
	int pair[2];
	long r;

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	r = result(sendto(pair[0], bytes, 10, 0, NULL, 0));
	says(r == 10 && read(pair[1], got, sizeof got) == 10 && !memcmp(got, "at the end", 10), r,
	     "bytes are sent up to the end of memory");
	r = result(sendto(pair[0], bytes, 11, 0, NULL, 0));
	says(r == -EFAULT, r, "sending bytes that reach over the end of memory is EFAULT");
	r = write(pair[0], "received", 8);
	r = result(recvfrom(pair[1], bytes, 10, 0, NULL, NULL));
	says(r == 8 && !memcmp(bytes, "received", 8), r, "bytes are received into its memory");
	close(pair[0]);
	r = result(sendto(pair[0], bytes, 1, 0, NULL, 0));
	says(r == -EBADF, r, "a descriptor that the guest has closed is EBADF");
	r = result(sendto(SAYS, bytes, 1, 0, NULL, 0));
	says(r == -ENOTSOCK, r, "a pipe isn't a socket");
	close(pair[1]);
}

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(2 * sizeof(int))];
	char credentials[CMSG_SPACE(sizeof(struct ucred))];
};

static long sends(int fd, int type, const void *data, size_t size)
{
	union control control = { .header = { CMSG_LEN(size), SOL_SOCKET, type } };
	struct iovec part = { "x", 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control };

	memcpy(CMSG_DATA(&control.header), data, size);
	message.msg_controllen = CMSG_SPACE(size);
	return result(sendmsg(fd, &message, 0));
}

static long receives(int fd, union control *control, size_t room, int *flags)
{
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room };
	long r = result(recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT));

	*flags = message.msg_flags;
	return r;
}

static void passes_descriptors(void)
{
	union control control;
	int pair[2], pipes[2], flags, got, free;
	long r;

	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	if (pipe(pipes))
		_exit(2);
	r = sends(pair[0], SCM_RIGHTS, (int[]){ pipes[1], pipes[0] }, 2 * sizeof(int));
	says(r == 1, r, "two descriptors are sent");
	free = lowest_free();
	r = receives(pair[1], &control, CMSG_LEN(sizeof(int)), &flags);
	memcpy(&got, CMSG_DATA(&control.header), sizeof got);
	says(r == 1 && got == free && flags & MSG_CTRUNC && lowest_free() == free + 1, r,
	     "with room for one descriptor, one is received");
	says(fcntl(got, F_GETFD) == FD_CLOEXEC && write(got, "through", 7) == 7 && read(pipes[0], control.room, 7) == 7,
	     got, "the received descriptor is the one that was sent, with close-on-exec");
	r = sends(pair[0], SCM_RIGHTS, &(int){ 999 }, sizeof(int));
	says(r == -EBADF, r, "a descriptor that the guest doesn't have is EBADF");
	for (int fd = pair[0]; fd <= got; fd++)
		close(fd);
}

static void has_no_number_left(void)
{
	struct sockaddr_in name = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof name;
	struct rlimit limit, most;
	int listens = socket(AF_INET, SOCK_STREAM, 0), connects = socket(AF_INET, SOCK_STREAM, 0);
	long r;

	bind(listens, (struct sockaddr *)&name, sizeof name);
	listen(listens, 1);
	getsockname(listens, (struct sockaddr *)&name, &length);
	connect(connects, (struct sockaddr *)&name, sizeof name);
	getrlimit(RLIMIT_NOFILE, &most);
	limit = most;
	limit.rlim_cur = (rlim_t)lowest_free();
	setrlimit(RLIMIT_NOFILE, &limit);
	r = result(accept4(listens, NULL, NULL, 0));
	says(r == -EMFILE, r, "without a free number accept is EMFILE");
	setrlimit(RLIMIT_NOFILE, &most);
	r = result(accept4(listens, NULL, NULL, SOCK_CLOEXEC));
	says(r == (long)limit.rlim_cur && fcntl((int)r, F_GETFD) == FD_CLOEXEC, r,
	     "after that EMFILE, the connection can still be accepted");
	close((int)r);
	close(connects);
	close(listens);
}

/* The hook gives the guest the number BORROWED_PID, as if it were in a PID namespace of its own. */
static void sends_credentials(void)
{
	struct ucred mine = { .pid = BORROWED_PID, .uid = getuid(), .gid = getgid() }, got = { 0, 0, 0 };
	union control control;
	int pair[2], flags, on = 1;
	long r;

	socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
	r = sends(pair[0], SCM_CREDENTIALS, &mine, sizeof mine);
	says(r == 1, r, "credentials are sent");
	r = receives(pair[1], &control, sizeof control, &flags);
	memcpy(&got, CMSG_DATA(&control.header), sizeof got);
	says(r == 1 && got.pid == BORROWED_PID, got.pid, "received credentials have the PID that the hook gives");
	mine.pid = BORROWED_PID + 1;
	r = sends(pair[0], SCM_CREDENTIALS, &mine, sizeof mine);
	says(r == -EPERM, r, "credentials that the hook refuses are EPERM");
	close(pair[0]);
	close(pair[1]);
}

/* A socket that is made without hooks for descriptors (is_without_hooks()): its number is the server's. */
static void makes_one_more(void)
{
	long r = result(socket(AF_UNIX, SOCK_SEQPACKET, 0));

	says(r >= 0 && fcntl((int)r, F_GETFD) < 0, r, "without hooks the socket isn't the guest's");
}

static int guest_runs(int says_to)
{
	int listener;

	dup2(says_to, SAYS);
	listener = filter_load();
	if (dprintf(SAYS, "%d\n", listener) < 2)
		return 2;
	makes_sockets();
	moves_bytes();
	passes_descriptors();
	has_no_number_left();
	sends_credentials();
	makes_one_more();
	return 0;
}

/* ---- The server -------------------------------------------------------------------------------------------------- */

static struct supervisor {
	struct socketcall_server server;
	struct socketcall_host_context host;
	struct socketcall_process process;
	int credentials_asked;
	unsigned char scratch[SOCKETCALL_SCRATCH] __attribute__((__aligned__(16)));
} s; /* too large for a stack */

static int credentials_in(void *context, struct ucred *credentials)
{
	struct supervisor *supervisor = context;

	supervisor->credentials_asked++;
	if (credentials->pid != BORROWED_PID)
		return -EPERM;
	credentials->pid = getpid();
	return 0;
}

static void credentials_out(void *context, struct ucred *credentials)
{
	(void)context;
	credentials->pid = credentials->pid == getpid() ? BORROWED_PID : 0;
}

static bool is_without_hooks(const struct socketcall_request *request)
{
	return request->call == SOCKETCALL_SOCKET && request->word[1] == SOCK_SEQPACKET;
}

/* Serves one call; returns false if no process is left that makes one. */
static bool serve(void)
{
	struct seccomp_notif notification = { 0 };
	struct seccomp_notif_resp response = { 0 };
	struct socketcall_request request = { 0, 6, { 0 } };
	struct pollfd ready = { s.process.listener, POLLIN, 0 };
	long r;

	if (poll(&ready, 1, SECONDS * 1000) <= 0 || !(ready.revents & POLLIN) ||
	    ioctl(s.process.listener, SECCOMP_IOCTL_NOTIF_RECV, &notification))
		return false;
	for (unsigned i = 0; i < REPORTED; i++)
		if (reported[i].number == notification.data.nr)
			request.call = reported[i].call;
	for (unsigned i = 0; i < 6; i++)
		request.word[i] = notification.data.args[i];
	s.process.id = notification.id;
	socketcall_process_descriptors(&s.process, &s.host.descriptors);
	if (is_without_hooks(&request))
		s.host.descriptors = (struct socketcall_descriptors){ NULL };
	r = socketcall_serve_request(&s.server, &request);
	response.id = notification.id;
	response.error = r < 0 ? (int)r : 0;
	response.val = r < 0 ? 0 : r;
	ioctl(s.process.listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	return true;
}

/* The guest was killed while its call was served, and this process has its TID: its descriptors must not be taken. The
 * notification with the ID 1 isn't there. */
static void another_has_the_number(void)
{
	struct socketcall_process process = { .pid = getpid(), .listener = s.process.listener, .id = 1 };
	struct socketcall_descriptors hooks;
	pid_t dead = fork();
	long r;

	if (dead == 0)
		pause();
	r = socketcall_process_open(&process);
	ok_got(r == -ESRCH && process.pidfd < 0, r, "a process that doesn't wait for the answer isn't opened");
	process.pidfd = (int)syscall(SYS_pidfd_open, dead, 0);
	kill(dead, SIGKILL);
	waitpid(dead, NULL, 0);
	socketcall_process_descriptors(&process, &hooks);
	r = hooks.host(&process, STDOUT_FILENO);
	ok_got(r == -EBADF, r, "nor are its descriptors taken when the pidfd's process is dead");
	process.id = 0;
	r = hooks.host(&process, STDOUT_FILENO);
	ok_got(r >= 0, r, "without an ID they are");
	close((int)r);
	close(process.pidfd);
}

static int descriptors_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

int main(void)
{
	int pipes[2], listener = -1, before;
	int status = -1;
	char line[160];
	FILE *said;

	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(2 * SECONDS);
	if (pipe2(pipes, O_CLOEXEC))
		return 2;
	s.process.pid = fork();
	if (s.process.pid == 0)
		_exit(guest_runs(pipes[1]));
	close(pipes[1]);
	said = fdopen(pipes[0], "r");
	if (fgets(line, sizeof line, said))
		listener = atoi(line);
	ok_got(socketcall_process_open(&s.process) == 0, s.process.pidfd, "the guest has a pidfd");
	s.process.listener = (int)syscall(SYS_pidfd_getfd, s.process.pidfd, listener, 0);
	s.server = (struct socketcall_server){
		.arch = socketcall_arch_here(),
		.backend = &socketcall_host_backend,
		.context = &s.host,
		.scratch = s.scratch,
		.scratch_size = sizeof s.scratch,
	};
	s.host.identity = (struct socketcall_identity){ .credentials_in = credentials_in,
							.credentials_out = credentials_out,
							.context = &s };
	socketcall_process_memory(&s.process, &s.server.memory);
	another_has_the_number();
	before = descriptors_open();
	while (serve())
		;
	while (fgets(line, sizeof line, said))
		ok(*line == '+', "%.*s", (int)strcspn(line + 1, "\n"), line + 1);
	ok_got(s.credentials_asked == 2, s.credentials_asked,
	       "the hook was asked about credentials that the guest sent");
	/* the one that is open was made without hooks */
	ok_got(descriptors_open() == before + 1, descriptors_open() - before,
	       "the server keeps no descriptor of the guest");
	kill(s.process.pid, SIGKILL); /* in case it still waits in a call */
	waitpid(s.process.pid, &status, 0);
	ok_got(status == 0, status, "the guest has run to its end");
	return plan();
}

/* SPDX-License-Identifier: MIT
 * Calls in children that are created in every way, and in the programs that they execute. */
#include "samples.h"

#include <sched.h>
#include <spawn.h>

extern char **environ;

static char self[PATH_MAX];

static void forked(void)
{
	pid_t child = (pid_t)must(fork(), "fork");

	if (!child) {
		everything("a child");
		child = (pid_t)must(fork(), "fork");
		if (!child) {
			everything("a child's child");
			_exit(3);
		}
		_exit(strcmp(ending(child), "status 3") ? 1 : 2);
	}
	say("the child ended with %s", ending(child));
	everything("a parent");
}

/* Between vfork() and exec the child has its parent's memory. */
static void vforked(void)
{
	static char *const arguments[] = { self, "after vfork and exec", NULL };
	static int pair[2];
	static const uint32_t words[] = { AF_UNIX, SOCK_STREAM, 0 };
	const uint32_t pair_words[] = { AF_UNIX, SOCK_STREAM, 0, (uint32_t)pair };
	volatile long made = 0, made_pair = 0, bad = 0;
	pid_t child = vfork();

	if (!child) {
		made = raw_call(SYS_SOCKET, words);
		made_pair = raw_call(SYS_SOCKETPAIR, pair_words);
		bad = raw_call(SYS_SOCKET, unmapped());
		execv(self, arguments);
		_exit(127);
	}
	must(child, "vfork");
	say("the child of vfork ended with %s", ending(child));
	fact_fd(made, "it made, before its exec");
	fact(made_pair, "and a pair");
	fact(bad, "and from a bad block");
}

static void spawned(void)
{
	static char *const arguments[] = { self, "spawned", NULL };
	pid_t child;

	must(-posix_spawn(&child, self, NULL, NULL, arguments, environ), "posix_spawn");
	say("the spawned program ended with %s", ending(child));
	child = 0;
	must(-posix_spawnp(&child, "/bin/sh", NULL, NULL,
			   (char *const[]){ "sh", "-c", "\"$0\" 'below a shell'; exit 7", self, NULL }, environ),
	     "posix_spawn");
	say("the spawned shell ended with %s", ending(child));
}

/* With an environment, or with nothing in it but the preload. */
static void executed(void)
{
	pid_t child = (pid_t)must(fork(), "fork");

	if (!child) {
		execl(self, self, "after fork and exec", NULL);
		_exit(127);
	}
	say("the executed program ended with %s", ending(child));
}

static volatile long cloned_results[4];

/* In a task with its parent's memory and a stack of its own, and the parent waiting: raw calls only. */
static int cloned(void *tag)
{
	static int pair[2];
	const uint32_t words[] = { AF_UNIX, SOCK_SEQPACKET, 0, (uint32_t)pair };
	static char text[16];

	(void)tag;
	cloned_results[0] = raw_call(SYS_SOCKETPAIR, words);
	cloned_results[1] = raw_call(SYS_SEND, (uint32_t[]){ pair[0], (uint32_t) "cloned", 6, 0 });
	cloned_results[2] = raw_call(SYS_RECV, (uint32_t[]){ pair[1], (uint32_t)text, 16, 0 });
	cloned_results[3] = raw_call(SYS_LISTEN, unmapped());
	return strcmp(text, "cloned") ? 1 : 5;
}

static void clones(void)
{
	static const struct {
		int flags;
		const char *name;
	} kinds[] = {
		{ CLONE_VM | CLONE_VFORK | SIGCHLD, "the parent's memory" },
		{ CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, "the parent's memory and files" },
		{ CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | SIGCHLD,
		  "nearly all of its parent's" },
	};
	char *stack = pages(8);

	for (size_t i = 0; i < COUNT(kinds); i++) {
		pid_t child;

		memset((void *)cloned_results, 0, sizeof cloned_results);
		child = (pid_t)must(clone(cloned, stack + 8 * PAGE - 64, kinds[i].flags, NULL), "clone");
		say("a task with %s ended with %s", kinds[i].name, ending(child));
		for (size_t k = 0; k < COUNT(cloned_results); k++)
			fact(cloned_results[k], "its call %zu", k + 1);
	}
	munmap(stack, 9 * PAGE);
}

/* A server and a client in two processes. */
static void conversation(int family)
{
	struct sockaddr_storage a;
	socklen_t length;
	char text[32] = { 0 };
	int listener = new_listener(family, SOCK_STREAM, &a, &length), fd;
	pid_t child = (pid_t)must(fork(), "fork");

	if (!child) {
		fd = new_socket(family, SOCK_STREAM);
		must(sc(SYS_CONNECT, fd, &a, length), "connect");
		must(sc(SYS_SEND, fd, "a question", 10, 0), "send");
		must(sc(SYS_RECV, fd, text, sizeof text, MSG_WAITALL), "recv");
		_exit(strcmp(text, "an answer") ? 1 : 0);
	}
	wait_readable(listener);
	fd = (int)sc(SYS_ACCEPT, listener, NULL, NULL);
	fact_fd(fd, "accept of a child's connection, family %d", family);
	fact(sc(SYS_RECV, fd, text, sizeof text, 0), "recv: %s", bytes(text, 12));
	fact(sc(SYS_SEND, fd, "an answer", 9, 0), "send");
	close(fd);
	close(listener);
	say("the client ended with %s", ending(child));
}

/* A socket that a program inherits through exec. */
static void inherited(void)
{
	static char *const arguments[] = { self, "inheriting", NULL };
	int pair[2];
	char text[32] = { 0 };
	pid_t child;

	new_pair(SOCK_STREAM, pair);
	must(dup2(pair[1], 77), "dup2");
	must(-posix_spawn(&child, self, NULL, NULL, arguments, environ), "posix_spawn");
	say("the inheriting program ended with %s", ending(child));
	fact(sc(SYS_RECV, pair[0], text, sizeof text, MSG_DONTWAIT), "it sent %s", bytes(text, 10));
	close(77);
	close(pair[0]);
	close(pair[1]);
}

static int executed_main(const char *how)
{
	if (!strcmp(how, "inheriting"))
		return sc(SYS_SEND, 77, "inherited", 9, 0) == 9 ? 0 : 1;
	everything(how);
	return 4;
}

int main(int argc, char **argv)
{
	oracle_begin("processes");
	if (argc > 1)
		return executed_main(argv[1]);
	must(readlink("/proc/self/exe", self, sizeof self - 1), "readlink");
	everything("the first process");
	forked();
	vforked();
	spawned();
	executed();
	clones();
	conversation(AF_UNIX);
	conversation(AF_INET);
	conversation(AF_INET6);
	inherited();
	return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * As much of a C library as calls.c and frames.c need, for architectures that have none here: built with them, by
 * -nostdlib -ffreestanding -fno-builtin, with another architecture's headers, whose constants and structures are the same.
 * No call is made by anything but the calling end under test. One thread; printf knows %s, %d and %ld.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include <socketcall/caller.h>

#include "examples/start.h"

#define W(x) ((unsigned long)(x))

/* Not <stdio.h>, which would have some of these inline. */
void *stdout;
int vfprintf(void *file, const char *format, va_list arguments);
int vprintf(const char *format, va_list arguments);
int printf(const char *format, ...);
int puts(const char *text);
int snprintf(char *to, size_t size, const char *format, ...);
int setvbuf(void *file, char *buffer, int mode, size_t size);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
char *strerror(int error);
long strtol(const char *text, char **end, int base);
int atoi(const char *text);
__attribute__((noreturn)) void exit(int status);
__attribute__((noreturn)) void abort(void);
uint32_t htonl(uint32_t host);
int main(int argc, char **argv);

/* ---- Memory and strings ----------------------------------------------------------------------------------------------- */

void *memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}

#ifdef __hexagon__
/* What Clang calls for a structure's copy, whatever it is told about its own functions. */
void *__hexagon_memcpy_likely_aligned_min32bytes_mult8bytes(void *to, const void *from, size_t n)
	__attribute__((alias("memcpy")));
#endif

void *memset(void *to, int value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)to)[i] = (char)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((const char *)a)[i] != ((const char *)b)[i])
			return 1;
	return 0;
}

size_t strlen(const char *text)
{
	size_t n = 0;

	while (((const volatile char *)text)[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	return memcmp(a, b, strlen(a) + 1);
}

uint32_t htonl(uint32_t host)
{
	const unsigned char bytes[4] = { (unsigned char)(host >> 24), (unsigned char)(host >> 16),
					 (unsigned char)(host >> 8), (unsigned char)host };
	uint32_t network;

	memcpy(&network, bytes, sizeof network);
	return network;
}

/* ---- Output ------------------------------------------------------------------------------------------------------------ */

/* The first `size` bytes of a text that may be longer. */
struct text {
	char *at;
	size_t size, length;
};

static void put(struct text *text, char c)
{
	if (text->length++ < text->size)
		text->at[text->length - 1] = c;
}

/* Without a division, which some processors have in a library only. */
static void put_number(struct text *text, long number)
{
	unsigned long n = number < 0 ? -W(number) : W(number), units[20];
	int count = 1;

	if (number < 0)
		put(text, '-');
	for (units[0] = 1; units[count - 1] <= n / 2 && units[count - 1] <= W(-1) >> 4; count++)
		units[count] = units[count - 1] * 10;
	if (count > 1 && units[count - 1] > n)
		count--;
	while (count--) {
		char digit = '0';

		for (; n >= units[count]; n -= units[count])
			digit++;
		put(text, digit);
	}
}

static int format_to(struct text *text, const char *format, va_list arguments)
{
	for (; *format; format++) {
		if (*format != '%') {
			put(text, *format);
		} else if (*++format == 's') {
			for (const char *s = va_arg(arguments, const char *); *s; s++)
				put(text, *s);
		} else if (*format == 'd') {
			put_number(text, va_arg(arguments, int));
		} else if (format[0] == 'l' && format[1] == 'd') {
			format++;
			put_number(text, va_arg(arguments, long));
		} else {
			abort();
		}
	}
	return (int)text->length;
}

int vfprintf(void *file, const char *format, va_list arguments)
{
	char room[512];
	struct text text = { room, sizeof room, 0 };
	int length = format_to(&text, format, arguments);

	(void)file;
	if (text.length > text.size)
		abort();
	socketcall_enter3(__NR_write, 1, W(room), text.length);
	return length;
}

int vprintf(const char *format, va_list arguments)
{
	return vfprintf(stdout, format, arguments);
}

int printf(const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vfprintf(stdout, format, arguments);
	va_end(arguments);
	return length;
}

int puts(const char *text)
{
	return printf("%s\n", text);
}

int snprintf(char *to, size_t size, const char *format, ...)
{
	struct text text = { to, size - 1, 0 };
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = format_to(&text, format, arguments);
	va_end(arguments);
	to[text.length < text.size ? text.length : text.size] = 0;
	return length;
}

int setvbuf(void *file, char *buffer, int mode, size_t size)
{
	(void)file, (void)buffer, (void)mode, (void)size;
	return 0; /* there is no buffer */
}

/* ---- System calls ------------------------------------------------------------------------------------------------------ */

int *__errno_location(void)
{
	static int error;

	return &error;
}

static long gate(long r)
{
	if ((unsigned long)r < -4095UL)
		return r;
	errno = (int)-r;
	return -1;
}

/* Nobody looks at the words. */
char *strerror(int error)
{
	static char text[32];

	snprintf(text, sizeof text, "error %d", error);
	return text;
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;
	long argument;

	va_start(arguments, command);
	argument = command == F_GETFD || command == F_GETFL ? 0 : va_arg(arguments, int);
	va_end(arguments);
#ifdef __NR_fcntl64
	return (int)gate(socketcall_enter3(__NR_fcntl64, W(fd), W(command), W(argument)));
#else
	return (int)gate(socketcall_enter3(__NR_fcntl, W(fd), W(command), W(argument)));
#endif
}

int openat(int folder, const char *path, int flags, ...)
{
	return (int)gate(socketcall_enter5(__NR_openat, W(folder), W(path), W(flags), 0, 0));
}

int close(int fd)
{
	return (int)gate(socketcall_enter3(__NR_close, W(fd), 0, 0));
}

int unlink(const char *path)
{
	return (int)gate(socketcall_enter3(__NR_unlinkat, W(AT_FDCWD), W(path), 0));
}

pid_t getpid(void)
{
	return (pid_t)socketcall_enter3(__NR_getpid, 0, 0, 0);
}

long sysconf(int name)
{
	if (name != _SC_PAGESIZE)
		abort();
	return 65536; /* a multiple of any page's size, which is what it is asked for */
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
#ifdef __NR_mmap2
	const int number = __NR_mmap2;
#else
	const int number = __NR_mmap;
#endif
	if (offset)
		abort();
	return (void *)gate(socketcall_enter6(number, W(at), size, W(protection), W(flags), W(fd), 0));
}

int mprotect(void *at, size_t size, int protection)
{
	return (int)gate(socketcall_enter3(__NR_mprotect, W(at), size, W(protection)));
}

int prctl(int option, ...)
{
	(void)option;
	abort(); /* a filter, which an emulator hasn't */
}

unsigned alarm(unsigned seconds)
{
	long timer[4] = { 0, 0, (long)seconds, 0 };

	socketcall_enter3(__NR_setitimer, 0, W(timer), 0);
	return 0;
}

struct limits {
	uint64_t soft, hard;
};

int getrlimit(__rlimit_resource_t resource, struct rlimit *limit)
{
	struct limits now;
	int r = (int)gate(socketcall_enter5(__NR_prlimit64, 0, W(resource), 0, W(&now), 0));

	limit->rlim_cur = (rlim_t)now.soft;
	limit->rlim_max = (rlim_t)now.hard;
	return r;
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	struct limits then = { limit->rlim_cur, limit->rlim_max };

	return (int)gate(socketcall_enter5(__NR_prlimit64, 0, W(resource), W(&then), 0, 0));
}

void exit(int status)
{
	for (;;)
		socketcall_enter3(__NR_exit_group, W(status), 0, 0);
}

void abort(void)
{
	exit(99);
}

/* No arguments: nothing here has any. */
void start(void)
{
	static char *argv[] = { (char *)"", NULL };

	exit(main(1, argv));
}

int atoi(const char *text)
{
	(void)text;
	abort();
}

long strtol(const char *text, char **end, int base)
{
	(void)end, (void)base;
	return atoi(text);
}

/* SPDX-License-Identifier: MIT
 *
 * Measures what `socketcall run` costs a running dynamic 32-bit program when it creates a thread or loads a library,
 * which is when the supervisor looks for new code. Each round has a new process, because the supervisor does much of
 * that work only at the first thread.
 * Usage: running SOCKETCALL LIBRARY
 */
#include <dlfcn.h>
#include <pthread.h>

#include "bench/both.h"

enum { FIRST_THREAD, THREADS, LIBRARIES, THINGS };

static void *nothing(void *unused)
{
	return unused;
}

/* Returns the time to create and join one thread, or to load and unload one library. */
static void once(char which, const char *library)
{
	pthread_t thread;
	void *handle;

	if (which != LIBRARIES) {
		if (pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL))
			_exit(1);
		return;
	}
	handle = dlopen(library, RTLD_NOW);
	if (!handle || dlclose(handle))
		_exit(1);
}

static double timed(char which, char **library)
{
	static const int times[] = { [FIRST_THREAD] = 1, [THREADS] = 64, [LIBRARIES] = 4 };
	double took;
	int ends[2];

	if (pipe(ends))
		exit(1);
	if (fork() == 0) {
		double start = now();

		for (int i = 0; i < times[(int)which]; i++)
			once(which, *library);
		took = now() - start;
		_exit(write(ends[1], &took, sizeof took) != sizeof took);
	}
	close(ends[1]);
	if (read(ends[0], &took, sizeof took) != sizeof took)
		exit(1);
	close(ends[0]);
	wait(NULL);
	return took;
}

int main(int argc, char **argv)
{
	static const char *const text[] = {
		[FIRST_THREAD] = "the first pthread_create and _join of a process, run / bare",
		[THREADS] = "the first 64 of a process, run / bare",
		[LIBRARIES] = "the first 4 dlopen and dlclose of a process, run / bare",
	};
	static const double wanted[] = { [THREADS] = 1.10, [LIBRARIES] = 1.10 };

	if (argc > BOTH_OPERANDS && strcmp(argv[1], BOTH_ARGUMENT) == 0)
		both_answer(atoi(argv[2]), timed, argv + BOTH_OPERANDS);
	else if (argc == 3)
		both_measure(argv[0], argv[1], argv + 2, text, wanted, THINGS);
	else
		return 2;
	return 0;
}

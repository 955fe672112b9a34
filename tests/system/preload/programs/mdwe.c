/* SPDX-License-Identifier: MIT
 * mdwe PROGRAM [ARGUMENT]...: runs a program under PR_SET_MDWE (Linux 6.3): memory that was writable can't be made
 * executable. Exit status 77 if the kernel doesn't know PR_SET_MDWE. */
#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	enum { SET_MDWE = 65, REFUSE_EXEC_GAIN = 1 };

	if (argc < 2)
		return 2;
	if (prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0))
		return errno == EINVAL ? 77 : 1;
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}

/* SPDX-License-Identifier: MIT
 *
 * For tests, in a virtual machine: a program under an AppArmor profile.
 *
 * Usage: confined POLICY PROFILE PROGRAM [ARGUMENT]...
 * Loads the compiled POLICY and runs the program under its profile of that name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_all(const char *path, const char *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, bytes, length) != (ssize_t)length) {
		fprintf(stderr, "confined: %s: %s\n", path, strerror(errno));
		exit(125);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	static char policy[1 << 20];
	char exec[256];
	FILE *file;

	if (argc < 4)
		return 125;
	file = fopen(argv[1], "r");
	if (!file)
		return 125;
	write_all("/sys/kernel/security/apparmor/.load", policy, fread(policy, 1, sizeof policy, file));
	fclose(file);
	snprintf(exec, sizeof exec, "exec %s", argv[2]);
	write_all("/proc/self/attr/exec", exec, strlen(exec));
	execv(argv[3], argv + 3);
	return 126;
}

#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/kernel boots under QEMU, and its programs get from socketcall what they get from Linux.
# Needs no 32-bit programs: the machine is emulated.
. "$(dirname "$0")/lib.sh"
need gcc-i686-linux-gnu qemu-system-x86
build headers amalgamation
prepared

# Links without a C library: the linker fails if the library uses a function that docs/vendoring.md doesn't list.
freestanding() {
	i686-linux-gnu-gcc -O2 -ffreestanding -fno-pic -fno-stack-protector -nostdlib -static -Wall -Wextra -Werror \
		-Ibuild/include "$@" -lgcc >"$work/log" 2>&1
}
kernel() {
	freestanding -Wl,-Ttext-segment=0x100000 -o "$@" examples/kernel/*.c examples/kernel/entries.S "$work/server.o"
}
# boots KERNEL PROGRAM,...: the serial console's output is in $work/said. Returns isa-debug-exit's status: 2 * N + 1.
boots() {
	timeout -k 5 120 qemu-system-i386 -machine pc -accel tcg -m 32 -nodefaults -no-reboot -display none \
		-serial stdio -device isa-debug-exit,iobase=0xf4 -kernel "$1" -initrd "$2" </dev/null >"$work/said" 2>&1
	ended=$?
	{ cat "$work/said" && echo "status $ended"; } >"$work/log"
	return $ended
}
name=socketcall.example.$$
program() { freestanding -DNAME="\"$name\"" -o "$@" tests/system/examples/program.c; }

freestanding -c -o "$work/server.o" build/amalgamation/socketcall-server.c && kernel "$work/kernel"
ok $? "the kernel is built from the library's two files and the installed headers, without a C library"
wc -l examples/kernel/* | awk '$2 != "total" && $1 >= 300' >"$work/log"
[ ! -s "$work/log" ]
ok $? "each of its files has under 300 lines"
program "$work/talks" && program "$work/client" -DCLIENT && program "$work/trespasser" -DTRESPASSER
ok $? "programs for it are built"

boots "$work/kernel" "$work/talks,$work/client"
[ $? = 33 ]
ok $? "it boots, runs two programs, and ends when both have ended"
diff tests/system/examples/kernel.out "$work/said" >"$work/log"
ok $? "the programs print the expected $(grep -c '' tests/system/examples/kernel.out) lines"

# The expected lines are those that the same two programs print on Linux.
if tools/runs32; then
	timeout 60 "$work/talks" >"$work/linux" 2>&1 &
	timeout 60 "$work/client" >"$work/client.linux" 2>&1
	wait $!
	cat "$work/client.linux" >>"$work/linux"
	{ grep '^server' tests/system/examples/kernel.out && grep '^client' tests/system/examples/kernel.out; } |
		diff - "$work/linux" >"$work/log"
	ok $? "they print the same lines on Linux"
fi

boots "$work/kernel" "$work/trespasser"
[ $? = 35 ] && [ "$(tail -n 1 "$work/said")" = "A program has failed." ]
ok $? "a program that reads the kernel's memory is ended"
boots "$work/kernel" "$work/trespasser,$work/talks,$work/client"
[ $? = 35 ] && grep -Ev 'failed|trespasser' "$work/said" | diff tests/system/examples/kernel.out - >"$work/log"
ok $? "the other programs continue after it"
boots "$work/kernel" "$work/talks"
[ $? = 37 ] && [ "$(tail -n 1 "$work/said")" = "Programs wait for each other." ]
ok $? "the kernel ends when its only program waits for ever"

# The control: a kernel that answers ENOSYS to every socket call fails the comparison.
echo 'long __wrap_socketcall_serve(void *, int, long long); long __wrap_socketcall_serve(void *s, int c, long long b)
	{ (void)s, (void)c, (void)b; return -38; }' >"$work/enosys.c"
kernel "$work/closed" -Wl,--wrap=socketcall_serve "$work/enosys.c"
ok $? "a kernel that serves no socket call is built"
boots "$work/closed" "$work/talks,$work/client"
[ $? = 35 ] && [ "$(head -n 1 "$work/said")" = "server: socket -38" ] &&
	! diff tests/system/examples/kernel.out "$work/said" >"$work/log"
ok $? "its programs print other lines"
plan

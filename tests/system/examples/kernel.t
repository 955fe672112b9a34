#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/kernel boots under QEMU, and its programs get from socketcall what they get from Linux.
# Needs no 32-bit programs: the machine is emulated.
. "$(dirname "$0")/lib.sh"
need gcc-i686-linux-gnu qemu-system-x86
build headers amalgamation
prepared

# Without a C library: what the linker doesn't find is what the library uses and doesn't document (docs/vendoring.md).
freestanding() {
	i686-linux-gnu-gcc -O2 -ffreestanding -fno-pic -fno-stack-protector -nostdlib -static -Wall -Wextra -Werror \
		-Ibuild/include "$@" -lgcc >"$work/log" 2>&1
}
kernel() {
	freestanding -Wl,-Ttext-segment=0x100000 -o "$@" examples/kernel/*.c examples/kernel/entries.S "$work/server.o"
}
# boots KERNEL PROGRAM,...: in $work/said what the machine says; the status is its own, of isa-debug-exit: 2 * N + 1.
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
ok $? "the kernel is built of the library's two files and the installed headers, without a C library"
wc -l examples/kernel/* | awk '$2 != "total" && $1 >= 300' >"$work/log"
[ ! -s "$work/log" ]
ok $? "none of its files has 300 lines"
program "$work/talks" && program "$work/client" -DCLIENT && program "$work/trespasser" -DTRESPASSER
ok $? "programs for it"

boots "$work/kernel" "$work/talks,$work/client"
[ $? = 33 ]
ok $? "it boots, runs two programs, and ends when they have"
diff tests/system/examples/kernel.out "$work/said" >"$work/log"
ok $? "what they print is what it should be, line by line: $(grep -c '' tests/system/examples/kernel.out) lines"

# The oracle: the same two on Linux, which says what it should be.
if tools/runs32; then
	timeout 60 "$work/talks" >"$work/linux" 2>&1 &
	timeout 60 "$work/client" >"$work/client.linux" 2>&1
	wait $!
	cat "$work/client.linux" >>"$work/linux"
	{ grep '^server' tests/system/examples/kernel.out && grep '^client' tests/system/examples/kernel.out; } |
		diff - "$work/linux" >"$work/log"
	ok $? "and what they print on Linux"
fi

boots "$work/kernel" "$work/trespasser"
[ $? = 35 ] && [ "$(tail -n 1 "$work/said")" = "A program has failed." ]
ok $? "a program that reads the kernel's memory is ended"
boots "$work/kernel" "$work/trespasser,$work/talks,$work/client"
[ $? = 35 ] && grep -Ev 'failed|trespasser' "$work/said" | diff tests/system/examples/kernel.out - >"$work/log"
ok $? "and the others go on"
boots "$work/kernel" "$work/talks"
[ $? = 37 ] && [ "$(tail -n 1 "$work/said")" = "Programs wait for each other." ]
ok $? "a program that waits for nobody is seen"

# The control: the same kernel, whose calls come to nothing but ENOSYS.
echo 'long __wrap_socketcall_serve(void *, int, long long); long __wrap_socketcall_serve(void *s, int c, long long b)
	{ (void)s, (void)c, (void)b; return -38; }' >"$work/enosys.c"
kernel "$work/closed" -Wl,--wrap=socketcall_serve "$work/enosys.c"
ok $? "a kernel that serves nothing"
boots "$work/closed" "$work/talks,$work/client"
[ $? = 35 ] && [ "$(head -n 1 "$work/said")" = "server: socket -38" ] &&
	! diff tests/system/examples/kernel.out "$work/said" >"$work/log"
ok $? "is told from one that does"
plan

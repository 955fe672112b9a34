# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# In a root of the laboratory: from where the preload starts, in which programs, and what it prints.
set -u
# shellcheck source=tests/fixtures/inner.sh
. /src/tests/fixtures/inner.sh
suite=$1
here=/src/tests/system/preload/programs
mkdir -p /t/start
object=/sc/preload/i686/libsocketcall-preload.so

says() { # TEXT WANTED-PATTERN COMMAND...: the command succeeds and prints a line like that
	text=$1 wanted=$2
	shift 2
	"$@" >/tmp/said 2>&1 && grep -Eq -e "$wanted" /tmp/said
	ok $? "$text" /tmp/said
}

compile gcc -o /t/start/raw $here/raw.c && compile gcc -o /t/start/mdwe $here/mdwe.c &&
	compile gcc -o /t/start/late $here/late.c &&
	compile gcc -o /t/start/namespace $here/namespace.c &&
	compile gcc -DCOPY -fno-pic -no-pie -o /t/start/namespace-copy $here/namespace.c &&
	compile gcc -I/src -o /t/start/entry $here/entry.c /src/run/preload/entry.c &&
	compile gcc -fexceptions -o /t/start/cancel $here/cancel.c &&
	compile gcc -Wno-unused-result -o /t/start/step $here/step.c &&
	compile musl-gcc -o /t/start/raw-musl $here/raw.c || exit

/t/start/entry >/tmp/entry
# shellcheck disable=SC2016  # that's what it prints
printf '%s\n' "the vDSO's entry: 1" 'int $0x80; ret: 1' 'a null pointer: 0' 'a small number: 0' 'unmapped memory: 0' \
	'the last bytes of a page: 0' 'something else: 0' | diff - /tmp/entry >/tmp/diff
ok $? "an entry in %gs:0x10 is recognized by its bytes" /tmp/diff

# What it prints
says "SOCKETCALL_DEBUG=1 says what was hooked" '^socketcall-preload\[[0-9]+\]: %gs:0x10 hooked; glibc 2\.[0-9]+: ' \
	env SOCKETCALL_DEBUG=1 /sc/socketcall run --preload-only /t/start/raw
says "… as run --verbose does" '^socketcall-preload\[[0-9]+\]: %gs:0x10 hooked; glibc 2\.[0-9]+: ' \
	/sc/socketcall run --verbose --preload-only /t/start/raw
for value in 0 ""; do
	SOCKETCALL_DEBUG=$value /sc/socketcall closed /sc/socketcall run --preload-only /t/start/raw >/tmp/said 2>&1
	test "$(cat /tmp/said)" = "socket(): made
syscall(SYS_socketcall): made"
	ok $? "with SOCKETCALL_DEBUG='$value' it prints nothing" /tmp/said
done
if [ "$suite" = trixie ]; then stub="patched"; else stub="no cancellation stub"; fi
says "… and names the cancellation stub of $suite's glibc" "$stub" env SOCKETCALL_DEBUG=1 /sc/socketcall run \
	--preload-only /t/start/raw

# From where
mkdir /tmp/copied && cp -r /sc/socketcall /sc/preload /tmp/copied/
says "a copied folder serves" '\(SYS_socketcall\): made' closed /tmp/copied/socketcall run --preload-only /t/start/raw
(cd /tmp/copied && says "called by a relative path it serves" '\(SYS_socketcall\): made' closed ./socketcall run \
	--preload-only /t/start/raw)
(PATH=/tmp/copied:$PATH && says "found in PATH it serves" '\(SYS_socketcall\): made' closed socketcall run \
	--preload-only /t/start/raw)
says "it serves without /proc" '\(SYS_socketcall\): made' unshare --mount --propagation unchanged sh \
	-c "umount /proc && /sc/socketcall closed /sc/socketcall run --preload-only /t/start/raw"
(cd /tmp/copied && says "without /proc by a relative path too" '\(SYS_socketcall\): made' \
	unshare --mount --propagation unchanged sh \
	-c "umount /proc && ./socketcall closed ./socketcall run --preload-only /t/start/raw")
says "it serves an ordinary user" '\(SYS_socketcall\): made' \
	su nobody -s /bin/sh -c "/sc/socketcall closed /sc/socketcall run --preload-only /t/start/raw"
says "closed by EPERM it serves as well" '\(SYS_socketcall\): made' closed --errno EPERM /sc/socketcall run \
	--preload-only /t/start/raw
says "an i386 program behind a 64-bit one behind an i386 one is served" '\(SYS_socketcall\): made' \
	/sc/socketcall run --preload-only sh -c "/sc/socketcall closed sh -c /t/start/raw"
says "closed without the preload, the call fails" 'socket\(\): Function not implemented' closed /t/start/raw
says "closed by EPERM, with EPERM" 'socket\(\): Operation not permitted' closed --errno EPERM /t/start/raw

# In which programs
says "dlopen()ed by a program, it serves the thread that did" 'in main: made' closed /t/start/late $object
says "… and threads that are created afterwards" 'in a thread: made' closed /t/start/late $object
says "a libc in a namespace of its own is served" 'namespace: Bad file' closed /sc/socketcall run \
	--preload-only /t/start/namespace
says "… also in a program with a copy of _r_debug" 'namespace: Bad file' closed /sc/socketcall run \
	--preload-only /t/start/namespace-copy
says "a musl program under run is unharmed" '^socket\(\): made' closed /sc/socketcall run \
	--preload-only /t/start/raw-musl
says "a musl program with the object itself is hooked" '\(SYS_socketcall\): made' closed env LD_PRELOAD=$object \
	/t/start/raw-musl

# Memory
/sc/socketcall run --preload-only cat /proc/self/maps >/tmp/maps
! grep -q ' rwx' /tmp/maps && grep -q libsocketcall-preload /tmp/maps
ok $? "nothing is writable and executable" /tmp/maps
/t/start/mdwe true
if [ $? = 77 ]; then
	echo "ok - where text may not be replaced # SKIP the kernel can't refuse that: no PR_SET_MDWE"
else
	says "if text can't be replaced, the preload says so" 'position-independent since text may not be replaced' \
		env SOCKETCALL_DEBUG=1 /t/start/mdwe /sc/socketcall run --preload-only /t/start/raw
	says "… and serves nevertheless" '\(SYS_socketcall\): made' /t/start/mdwe /sc/socketcall closed /sc/socketcall \
		run --preload-only /t/start/raw
	for program in /t/start/cancel /t/start/step; do
		# The cancellable calls of glibc 2.41 can't be reached then: a documented limit.
		[ "$suite$program" != trixie/t/start/cancel ] || continue
		$program >/tmp/open && /t/start/mdwe /sc/socketcall closed /sc/socketcall run --preload-only $program \
			>/tmp/closed
		diff /tmp/open /tmp/closed >/tmp/diff
		ok $? "… and $program runs as on the open kernel" /tmp/diff
	done
fi

# Filters that pretend
says "an mremap that only says that it moved leaves the program running" '\(SYS_socketcall\): made' \
	/sc/tests/filter --deny 0:163 -- /sc/socketcall run --preload-only /t/start/raw

# A libc that is almost known: one byte of its cancellation stub differs, with the same meaning (test's opcode
# extension).
if [ "$suite" = trixie ]; then
	mkdir /tmp/lib && perl -0777 -pe 's/\x55\x57\x56\x53\x8b\x44\x24\x14\xf6\K\x00(?=\x08\x75)/\x08/' \
		</lib/i386-linux-gnu/libc.so.6 >/tmp/lib/libc.so.6
	! cmp -s /lib/i386-linux-gnu/libc.so.6 /tmp/lib/libc.so.6
	ok $? "a libc with another stub was made"
	says "a stub that isn't recognised is left alone, and it says so" 'stub not recognised: accept' \
		env LD_LIBRARY_PATH=/tmp/lib SOCKETCALL_DEBUG=1 /sc/socketcall run --preload-only /t/start/raw
	says "what can be hooked is hooked" '\(SYS_socketcall\): made' \
		env LD_LIBRARY_PATH=/tmp/lib /sc/socketcall closed /sc/socketcall run --preload-only /t/start/raw
fi

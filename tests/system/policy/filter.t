#!/bin/sh
# SPDX-License-Identifier: MIT
# `socketcall filter` on the command line: its formats, and its messages about invalid policies.
# Needs no 32-bit programs: it loads no filter.
. "$(dirname "$0")/../../fixtures/tap.sh"
need python3
build build/socketcall
prepared
PATH="$PWD/build:$PATH"

# says STATUS PATTERN TEXT ARGUMENT...: socketcall filter exits with STATUS, and standard error has PATTERN. After a
# failure standard output must be empty.
says() {
	status=$1 pattern=$2 text=$3
	shift 3
	timeout 60 socketcall filter "$@" >"$work/out" 2>"$work/log" </dev/null
	[ $? = "$status" ] && { [ -z "$pattern" ] || grep -q -- "$pattern" "$work/log"; } &&
		{ [ "$status" = 0 ] || [ ! -s "$work/out" ]; }
	ok $? "$text"
}
# has PATTERN TEXT: a line of the last says()' standard output matches.
has() {
	cp "$work/out" "$work/log"
	grep -qE -- "$1" "$work/out"
	ok $? "$2"
}

says 0 '' 'a list' --families 'AF_UNIX, AF_INET:STREAM:TCP'
has '^ +[0-9]+: A = arch$' 'text: a word that is read'
has '^ +[0-9]+: if A & 0x40000000 goto [0-9]+ +; x32$' 'text: the door x32'
has '^ +[0-9]+: if A > 0x1ab goto [0-9]+ else [0-9]+ +; io_uring$' 'text: the door io_uring'
has '^ +[0-9]+: if A == 0x66 goto [0-9]+ +; socketcall$' 'text: the door socketcall'
has '^ +[0-9]+: if A == 0x1 goto [0-9]+ +; x86-64 socket: --families:1:1: AF_UNIX$' 'text: the rule of a branch'
has '^ +[0-9]+: if A == 0x6 goto [0-9]+ +; i386 socket: --families:1:10: AF_INET:STREAM:TCP$' \
	'text: another rule, at another door'
has '^ +[0-9]+: return ERRNO\(EAFNOSUPPORT\)$' 'text: the verdict'
[ "$(sed -n 's/.*goto \([0-9]*\) *; i386 socket\(pair\)*$/\1/p' "$work/out" | sort -u | grep -c '')" = 1 ]
ok $? 'text: socket and socketpair share their instructions'
awk '{ for (i = 2; i < NF; i++) if ($i == "goto" || $i == "else") { to = $(i + 1) + 0
	if (to <= $1 + 0 || to >= lines) exit 1 } }' lines="$(grep -c '' "$work/out")" "$work/out"
ok $? 'text: all branches go forward, to an instruction'
socketcall filter --families 'AF_UNIX, AF_INET:STREAM:TCP' --format bpf >"$work/bpf"
[ "$(wc -c <"$work/bpf")" = $((8 * $(grep -c '' "$work/out"))) ]
ok $? 'bpf: eight bytes for each line of the text'

says 125 "^socketcall filter: --families:1:9: expected a socket family such as AF_INET, not 'AF_INTE'$" \
	'a wrong family' --families 'AF_UNIX AF_INTE'
says 125 "^socketcall filter: --refused:1:7: expected an error such as EPERM, not 'EFOO'$" 'a wrong error' \
	--families none --refused errno:EFOO
printf '{"defaultAction": "SCMP_ACT_ALLOW",\n "syscalls": [{"names": ["socket"], "action": "SCMP_ACT_NOTIFY"}]}' \
	>"$work/notify.json"
says 125 "^socketcall filter: $work/notify.json:2:48: expected an action that needs no supervisor" \
	'an action that needs a supervisor' --profile "$work/notify.json"
printf '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["socket", "socketcall"], %s}]}' \
	'"action": "SCMP_ACT_ALLOW"' >"$work/socketcall.json"
head -c 60 "$work/notify.json" >"$work/cut.json"
says 125 "^socketcall filter: $work/cut.json:2:25: expected " 'a profile that is cut off' --profile "$work/cut.json"
says 125 'No such file' 'a profile that is not there' --profile "$work/nothing.json"
says 125 'Is a directory' 'a folder for a profile' --profile "$work"
says 125 'expected an object' 'an empty profile' --profile /dev/null
says 125 "no policy is given" 'no policy'
# Rules on one call, with conditions on six arguments that aren't equalities.
{
	printf '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": ['
	for value in 1 2 3; do
		[ $value = 1 ] || printf ', '
		printf '{"names": ["sendto"], "action": "SCMP_ACT_ERRNO", "args": ['
		for index in 0 1 2 3 4 5; do
			[ $index = 0 ] || printf ', '
			printf '{"index": %d, "value": %d, "op": "SCMP_CMP_NE"}' $index $((value * 74565))
		done
		printf ']}'
	done
	printf ']}'
} >"$work/many.json"
says 0 '' 'a profile with conditions that are not equalities' --profile "$work/many.json"
says 125 'the rules on sendto need more than 4096 rules' \
	'as a profile it would have too many rules, and nothing is printed' --profile "$work/many.json" --format oci
says 125 '--families is given twice' 'two lists' --families AF_UNIX --families AF_INET
says 125 '--profile is given twice' 'two profiles' --profile /dev/null --profile /dev/null
says 125 '--refused is given twice' 'two refusals' --families AF_UNIX --refused log --refused kill
says 125 "unknown option, or option without its argument: '--nonsense'" 'an unknown option' --nonsense
says 125 "unexpected argument 'y'" 'an argument' --families none y
says 125 "bpf, text, c, oci or systemd, not 'elf'" 'an unknown format' --families none --format elf
says 125 'needs --families' 'no lines of systemd for a profile' --profile "$work/socketcall.json" --format systemd
says 0 "$work/socketcall.json:1:71: rules on socketcall are ignored" \
	'a warning says that rules on socketcall are ignored' --profile "$work/socketcall.json"
grep -q "$work/socketcall.json:1:1: the profile does not list i386" "$work/log"
ok $? 'a warning says that the profile is not for i386'
says 0 'io_uring can create sockets of any family' '--allow-io-uring prints its warning' --families none \
	--allow-io-uring
! grep -q '; io_uring$' "$work/out"
ok $? '… and the filter has no instructions for io_uring'
says 0 "are created, and logged by the kernel's audit system" '--refused log prints its warning' \
	--families none --refused log

# A filter has at most 4,096 instructions (BPF_MAXINSNS). 500 families take about 2,000.
numbers=$(seq -s ' ' 100 600)
says 0 '' 'five hundred families' --families "$numbers"
says 125 'more than the 4096 instructions' 'a policy that is too big for a filter' --families "$(seq -s ' ' 100 3100)"

for kind in '--families=~AF_ALG AF_INET:RAW' "--profile=$work/socketcall.json"; do
	says 0 '' "$kind: as a profile" "$kind" --format oci
	python3 -c 'import json, sys; json.load(sys.stdin)' <"$work/out" >"$work/log" 2>&1
	ok $? "$kind: the profile is valid JSON"
done
says 0 '' 'as lines for systemd' --families '~AF_ALG AF_INET:RAW' --format systemd
has "^# ExecStart=socketcall run --families='~AF_ALG AF_INET:RAW' -- PROGRAM\$" \
	'systemd: the comment has the command that enforces the whole policy'
has '^RestrictAddressFamilies=~AF_ALG$' 'systemd: RestrictAddressFamilies= has the families that systemd can refuse'
has 'narrows by type or protocol are not refused' 'systemd: a comment names what systemd cannot refuse'
has '^SystemCallArchitectures=native$' 'systemd: SystemCallArchitectures= closes 32-bit calls'
says 125 "no name for the family '46'" 'systemd: a family without a name, and no line is printed' \
	--families 'AF_UNIX 46' --format systemd
says 0 '' 'as lines for systemd, with another error' --families 'AF_UNIX, inet' --refused errno:EPERM --format systemd
has '^RestrictAddressFamilies=AF_UNIX AF_INET$' 'systemd: RestrictAddressFamilies= has the allowed families'
has 'EAFNOSUPPORT, whatever --refused says' 'systemd: a comment says which error systemd gives'
has "--families='AF_UNIX inet' --refused=errno:EPERM -- PROGRAM\$" \
	'systemd: the comment has the command that gives the wanted error'
socketcall filter --families none --format bpf >/dev/full 2>"$work/log"
[ $? = 125 ] && grep -q "cannot write" "$work/log"
ok $? 'a full disk'
plan

# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The laboratory's half of a test of real programs: sourced by tests/programs/inner/*.sh, with the suite's name as $1.
#
# Programs are run in one of three modes, $mode:
#   open     as they are
#   closed   with socketcall closed and nothing against it
#   run      with socketcall closed, under `socketcall run`; or by the command $RUN_BY
# A test is mostly one function, a "session", that is called once per mode, and a comparison of what its steps printed.
#
# in_mode COMMAND...              runs it in $mode, for at most $LIMIT seconds, as $AS says
# start NAME COMMAND...           a server in $mode; what it prints is in $work/$mode/NAME.log
# stop NAME                       ends it by SIGTERM, and waits until it's gone
# await WHAT COMMAND...           polls until the command succeeds; after $LIMIT seconds says what for, and fails
# step NAME COMMAND...            keeps what the command printed, and its exit status, in $work/$mode/NAME.out
# same NAME SENTENCE              a test: the step NAME succeeded in mode open and printed the same in mode run
# ok SENTENCE COMMAND...          a test: the command succeeds
# fails SENTENCE TEXT COMMAND...  a test: the command fails by itself, not by the time limit, and prints TEXT
# own_filter                      a process in this laboratory has a seccomp filter that it wasn't started with in $mode
# todo WHY SENTENCE COMMAND...    as ok, but it is known to fail

suite=${1:?}
work=/tmp/work
mode=open
# Where the processor is emulated, things take ten times as long as elsewhere.
LIMIT=90
AS=
mkdir -p "$work/open" "$work/closed" "$work/run"
chmod 755 "$work" "$work"/*
cd "$work" || exit

in_mode() {
	# shellcheck disable=SC2086  # nothing, or several words
	case $mode in
	closed) set -- /sc/socketcall closed -- "$@" ;;
	run) set -- ${RUN_BY-/sc/socketcall closed -- /sc/socketcall run ${RUN_OPTIONS-} --} "$@" ;;
	esac
	# shellcheck disable=SC2086  # nothing, or several words
	timeout -k 5 "$LIMIT" $AS "$@"
}

start() {
	log=$work/$mode/$1.log
	pidfile=$work/$mode/$1.pid
	shift
	# shellcheck disable=SC2086  # nothing, or several words
	case $mode in
	closed) set -- /sc/socketcall closed -- "$@" ;;
	run) set -- ${RUN_BY-/sc/socketcall closed -- /sc/socketcall run ${RUN_OPTIONS-} --} "$@" ;;
	esac
	# shellcheck disable=SC2086
	$AS "$@" </dev/null >>"$log" 2>&1 &
	echo $! >"$pidfile"
}

pid_of() { cat "$work/$mode/$1.pid"; }

alive() {
	state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[ -n "$state" ] && [ "$state" != Z ]
}

gone() { ! alive "$1"; }

stop() {
	pid=$(pid_of "$1")
	kill -TERM "$pid" 2>/dev/null
	await "the end of $1 after SIGTERM" gone "$pid"
	stopped=$?
	[ $stopped = 0 ] || kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	return $stopped
}

await() {
	what=$1
	shift
	tries=0
	until "$@" >"$work/await" 2>&1; do
		tries=$((tries + 1))
		if [ $tries -gt $((LIMIT * 20)) ]; then
			echo "waited $LIMIT s for $what; last:"
			tail -n 5 "$work/await"
			return 1
		fi
		sleep 0.05
	done
}

step() {
	file=$work/$mode/$1.out
	shift
	"$@" >"$file" 2>&1
	echo "exit status $?" >>"$file"
}

diagnose() { sed 's/^/#   /' | cut -c 1-300 | tail -n 25; }

# The verdict in $1, the sentence in $2; what it was about comes from the standard input.
verdict() {
	echo "$1 - $suite: $2"
	[ "$1" = ok ] || diagnose
}

logs() {
	for log in "$work/$mode"/*.log; do
		[ -s "$log" ] || continue
		echo "--- the end of $log"
		tail -n 8 "$log"
	done
}

same() {
	{
		cd "$work" || exit
		if [ "$(tail -n 1 "open/$1.out")" != "exit status 0" ]; then
			echo "--- open"
			tail -n 12 "open/$1.out"
			verdict=1
		elif diff -u "open/$1.out" "run/$1.out"; then
			verdict=0
		else
			verdict=1
			mode=run logs
		fi
	} >"$work/same" 2>&1
	if [ $verdict = 0 ]; then
		verdict ok "$2"
	else
		verdict "not ok" "$2" <"$work/same"
	fi
}

ok() {
	sentence=$1
	shift
	if "$@" >"$work/ok" 2>&1; then
		verdict ok "$sentence"
	else
		{
			echo "exit status $? of: $*"
			cat "$work/ok"
			logs
		} | verdict "not ok" "$sentence"
	fi
}

fails() {
	sentence=$1
	text=$2
	shift 2
	"$@" >"$work/fails" 2>&1
	status=$?
	if [ $status != 0 ] && [ $status != 124 ] && [ $status != 137 ] && grep -qF -e "$text" "$work/fails"; then
		verdict ok "$sentence"
	else
		{
			echo "wanted a failure with '$text'; exit status $status of: $*"
			cat "$work/fails"
		} | verdict "not ok" "$sentence"
	fi
}

own_filter() {
	case $mode in open) others=0 ;; closed) others=1 ;; run) others=2 ;; esac
	others=$((others + $(sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status)))
	grep -hs '^Seccomp_filters:' /proc/[0-9]*/status |
		awk -v others="$others" '$2 > others { found = 1 } END { exit !found }'
}

todo() {
	sentence="$2 # TODO a later mechanism: $1"
	shift 2
	ok "$sentence" "$@"
}

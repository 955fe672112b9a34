# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# The part of a test of real programs that runs in the laboratory. Each tests/programs/inner/*.sh sources it, with the
# Debian suite's name as $1.
#
# Programs are run in one of three modes, $mode:
#   open     on the open kernel
#   closed   where socketcall is closed
#   run      where socketcall is closed, under `socketcall run`; or by the command $RUN_BY
# Most tests have one function, `session`, which is called once per mode; then the output of its steps is compared.
#
# in_mode COMMAND...              runs the command in $mode, for at most $LIMIT seconds; $AS is put before the command
# start NAME COMMAND...           starts a server in $mode; its output goes to $work/$mode/NAME.log
# stop NAME                       sends SIGTERM to the server, and waits until it has ended
# await WHAT COMMAND...           polls until the command succeeds; after $LIMIT seconds prints WHAT, and fails
# step NAME COMMAND...            runs the command; its output and its exit status go to $work/$mode/NAME.out
# same NAME SENTENCE              a test: the step NAME succeeded in mode open, and has the same output in mode run
# ok SENTENCE COMMAND...          a test: the command succeeds
# fails SENTENCE TEXT COMMAND...  a test: the command fails by itself, not by the time limit, and prints TEXT
# agent_answers                   succeeds if an ssh-agent listens at $SSH_AUTH_SOCK. Its socket's file exists earlier
# own_filter                      succeeds if a process in this laboratory has more seccomp filters than $mode gives it

suite=${1:?}
work=/tmp/work
mode=open
# An emulated processor needs ten times as long as a real one.
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

# Prints a test's result: $1 is "ok" or "not ok", $2 the sentence. If not ok, the standard input has the details.
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

agent_answers() {
	ssh-add -l
	[ $? != 2 ] # 1: it has no keys
}

own_filter() {
	case $mode in open) others=0 ;; closed) others=1 ;; run) others=2 ;; esac
	others=$((others + $(sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status)))
	grep -hs '^Seccomp_filters:' /proc/[0-9]*/status |
		awk -v others="$others" '$2 > others { found = 1 } END { exit !found }'
}

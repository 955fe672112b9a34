# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the scripts that run in a Debian that booted.sh has booted. Sourced.
tests=0
log=/run/log-of-test

ok() { # STATUS TEXT: a failure prints $log
	tests=$((tests + 1))
	if [ "$1" = 0 ]; then echo "ok $tests - $2"; else echo "not ok $tests - $2" && sed 's/^/# /' $log; fi
}

note() { sed 's/^/# /'; }

# soon COMMAND...: repeats the command until it succeeds. False after a quarter of an hour; guests may be that slow.
soon() {
	end=$(($(date +%s) + 900))
	until "$@" >$log 2>&1; do
		[ "$(date +%s)" -lt $end ] || return 1
		sleep 0.3
	done
}

state_is() { systemctl is-system-running 2>&1 | grep -qxE 'running|degraded'; }

booted_or_end() {
	soon state_is || { echo "Bail out! systemd doesn't come up: $(cat $log)"; exit 1; }
	systemctl --failed --no-legend | note
	uname -sr | note
}

plan() { echo "1..$tests"; }

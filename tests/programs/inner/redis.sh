# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

server() {
	start redis redis-server --port 6379 --dir "$work/$mode" --unixsocket "$work/$mode/sock" --save '' \
		--repl-diskless-sync-delay 0
}
cli() { in_mode redis-cli "$@"; }
ready() { [ "$(redis-cli ping)" = PONG ] && redis-cli -p 6380 ping | grep -q PONG; }

set_get() {
	cli set key value
	cli get key
	cli -h localhost incr counter
	cli -h ::1 incr counter
	cli get none
	cli no-such-command
	head -c 300000 /dev/zero | tr '\0' x | cli -x set big
	cli --raw get big | wc -c
}
pipeline() {
	seq 10000 | sed 's/.*/SET key& value&/' | cli --pipe | tail -n 1
	cli dbsize
	cli get key7777
}
subscribed() { redis-cli pubsub numsub news | grep -qx 1; }
publish() {
	start subscriber redis-cli subscribe news
	await "the subscriber" subscribed || return
	cli publish news "first item"
	cli publish news "last item"
	await "the last item" grep -q last "$work/$mode/subscriber.log"
	stop subscriber
	cat "$work/$mode/subscriber.log"
}
one_blocked() { [ "$(redis-cli info clients | sed -n 's/^blocked_clients:\([0-9]*\).*/\1/p')" = 1 ]; }
blocking() {
	cli blpop queue 20 >"$work/$mode/blocked" &
	blocked=$!
	await "a blocked client" one_blocked || return
	cli lpush queue item
	wait "$blocked"
	cat "$work/$mode/blocked"
	cli blpop queue 0.1
}
saved() { redis-cli info persistence | tr -d '\r' | grep -qx rdb_bgsave_in_progress:0; }
persist() {
	# The child that sent the replica its copy may still run, and redis has at most one such child at a time.
	await "the end of the replica's copy" saved || return
	cli bgsave
	await "the end of BGSAVE" saved || return
	cli info persistence | tr -d '\r' | grep rdb_last_bgsave_status
	ls dump.rdb
}
reload() {
	stop redis
	server
	await "redis's answer" redis-cli ping || return
	cli dbsize
	cli get key7777
}
synced() { redis-cli -p 6380 info replication | tr -d '\r' | grep -qx master_link_status:up; }
replicated() { [ "$(redis-cli -p 6380 get key)" = value ]; }
replicate() {
	cli -p 6380 replicaof localhost 6379
	await "the replica's link" synced || return
	await "the replica's copy" replicated || return
	cli -p 6380 get key
}
benchmark() { in_mode redis-benchmark -q -n 2000 -c 20 -P 4 -t set,get,lpush,mset --csv | cut -d, -f1; }

session() {
	mode=$1
	cd "$work/$mode" || exit
	server
	start replica redis-server --port 6380 --dir "$work/$mode" --dbfilename replica.rdb --save ''
	step start await "redis's answer" ready
	step set_get set_get
	step pipeline pipeline
	step unix cli -s "$work/$mode/sock" get key7777
	step publish publish
	step blocking blocking
	step replicate replicate
	step benchmark benchmark
	step persist persist
	step reload reload
	stop redis
	stop replica
}

start redis redis-server --unixsocket "$work/open/sock" --save ''
await "redis's answer" redis-cli ping | diagnose
mode=closed
fails "closed, redis-server doesn't start" "errno: 38" in_mode redis-server --port 7000
fails "closed, redis-cli can't connect" "Function not implemented" cli ping
fails "closed, redis-cli can't connect to a UNIX socket" "Function not implemented" cli -s "$work/open/sock" ping
mode=open
stop redis | diagnose
session open | diagnose
session run | diagnose
same set_get "redis-server and redis-cli under socketcall run set and get, over IPv4, IPv6 and by name"
same pipeline "redis-cli sends 10,000 commands in a pipeline"
same unix "redis-cli gets a value over a UNIX socket"
same publish "a subscriber receives what is published"
same blocking "a client blocks until another client pushes an item"
same replicate "a second server becomes the first one's replica"
same benchmark "redis-benchmark runs to its end"
same persist "BGSAVE succeeds in a forked child"
same reload "a new server reads what was saved"

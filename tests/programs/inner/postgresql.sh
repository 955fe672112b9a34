# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh

AS="setpriv --reuid=postgres --regid=postgres --init-groups"
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
chown postgres "$work" "$work"/*

# A server for few connections, whose data needn't outlive it.
server() {
	start server postgres -D "$work/data" -k "$work" -c listen_addresses=localhost -c fsync=off \
		-c max_parallel_workers=2
}
query() { in_mode psql -XAtq -U postgres -v ON_ERROR_STOP=1 "$@" 2>&1; }
init() {
	in_mode initdb -D "$work/data" -A scram-sha-256 --pwfile="$work/password" -U postgres --no-sync --no-locale -E \
		UTF8
}
answers() { psql -XAtq -U postgres -h localhost -c 'select 1'; }

tables() {
	query -h 127.0.0.1 <<-END
		create table numbers (n int primary key, word text);
		insert into numbers select n, md5(n::text) from generate_series(1, 20000) n;
		select count(*), sum(n), max(word) from numbers;
	END
	query -h ::1 -c "select inet_client_addr(), word from numbers where n = 7"
	query -h "$work" -c "select inet_client_addr() is null, word from numbers where n = 8"
	query -h localhost -c "copy numbers to stdout" | sha256sum
	query -h localhost -c "select no_such_column" || echo "refused"
}
wrong_password() { PGPASSWORD=wrong query -h localhost -c 'select 1' || echo "refused"; }
notify() {
	query -h localhost <<-END | sed 's/PID [0-9]*/PID/'
		listen news;
		notify news, 'an item';
		select 1;
	END
}
# A query that another connection cancels.
asleep() { [ "$(psql -XAtq -U postgres -h "$work" -c "$sleeping")" = 1 ]; }
sleeping="select count(*) from pg_stat_activity where query like 'select pg_sleep%'"
cancel() {
	query -h localhost -c "select pg_sleep(80)" >"$work/$mode/sleeper" &
	sleeper=$!
	await "the query that sleeps" asleep || return
	query -h "$work" -c "select pg_cancel_backend(pid) from pg_stat_activity where query like 'select pg_sleep%'"
	wait "$sleeper"
	cat "$work/$mode/sleeper"
}
parallel() {
	query -h localhost <<-END
		set max_parallel_workers_per_gather = 2;
		set parallel_setup_cost = 0;
		set parallel_tuple_cost = 0;
		set min_parallel_table_scan_size = 0;
		explain (costs off) select count(*) from numbers where word like 'a%';
		select count(*) from numbers where word like 'a%';
	END
}
bench() {
	# If pgbench is slow, it prints its progress every few seconds: leave that out.
	in_mode pgbench -h localhost -U postgres -i -q -s 1 postgres 2>&1 | grep -o '^done'
	in_mode pgbench -h "$1" -U postgres -c 4 -j 2 -t 50 postgres 2>&1 | grep -E 'transactions actually|failed|error'
}
restart() {
	stop server
	server
	await "the server's answer" answers || return
	query -h localhost -c "select count(*) from numbers"
}

session() {
	mode=$1
	rm -rf "$work/data"
	step init init
	server
	step start await "the server's answer" answers
	step tables tables
	step wrong_password wrong_password
	step notify notify
	step cancel cancel
	step parallel parallel
	step bench bench localhost
	step restart restart
	stop server
}

echo secret >"$work/password"
export PGPASSWORD=secret
init >"$work/init.log" 2>&1 || diagnose <"$work/init.log"
mode=closed
fails "closed, the server doesn't start" \
	'could not create IPv4 socket for address "127.0.0.1": Function not implemented' \
	in_mode postgres -D "$work/data" -k "$work" -c listen_addresses=127.0.0.1
# psql 17 prints no reason; earlier versions print "could not create socket: Function not implemented", too.
fails "closed, psql can't connect over TCP" "psql: error: " query -h 127.0.0.1 -c 'select 1'
fails "closed, psql can't connect to a UNIX socket" "psql: error: " query -h "$work" -c 'select 1'
session open | diagnose
session run | diagnose
same init "initdb under socketcall run makes a database"
same start "the server starts"
same tables "psql makes and reads tables, over IPv4, IPv6 and a UNIX socket"
same wrong_password "a wrong password is refused"
same notify "a NOTIFY arrives"
same cancel "another connection cancels a query"
same parallel "parallel workers share a query"
same bench "pgbench runs with four connections in two threads"
same restart "a server that is started again has the stored data"

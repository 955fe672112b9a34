#!/bin/sh
# SPDX-License-Identifier: MIT
# Usage: systemd.sh SOCKETCALL UNIT...
# As root in a guest of tools/vm that has the host's root: starts systemd as process 1 of namespaces of its own, which
# starts `SOCKETCALL probe --json --all` as a service with the lines of each file UNIT. For each it prints "unit UNIT"
# and probe's output. It leaves files behind, which are lost with the guest.
set -eu
socketcall=$1
shift
out=/var/tmp/units.out done=/var/tmp/units.done system=/etc/systemd/system
: >$out
mount --make-rprivate /
printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nTimeoutStartSec=infinity\n%s\n' \
	"ExecStart=/bin/sh $system/all.sh" >$system/all.service
n=0
: >$system/all.sh
for unit; do
	n=$((n + 1))
	{
		printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nTimeoutStartSec=300\n'
		printf 'StandardOutput=append:%s\nStandardError=append:%s\n' $out $out
		cat "$unit"
		printf 'ExecStart=%s probe --json --all\n' "$socketcall"
	} >$system/policy-$n.service
	printf 'echo "unit %s" >>%s\nsystemctl start policy-%s.service\n' "$unit" $out $n >>$system/all.sh
done
echo ": >$done" >>$system/all.sh
env -i container=policy unshare --pid --mount --cgroup --fork --kill-child --mount-proc sh -c '
	umount /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -t tmpfs tmpfs /run &&
	exec /lib/systemd/systemd --unit=all.service --log-level=notice --log-target=console --show-status=no' \
	>/var/tmp/systemd.log 2>&1 </dev/null &
pid=$!
tries=0
while [ ! -e $done ] && [ $tries -lt 600 ] && kill -0 $pid 2>/dev/null; do
	sleep 1
	tries=$((tries + 1))
done
cat $out
[ -e $done ] || { echo "systemd did not finish:"; cat /var/tmp/systemd.log; }

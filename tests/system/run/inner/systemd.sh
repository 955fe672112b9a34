# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# In a guest that has this machine's files: systemd as process 1 of its own namespaces starts a unit, which powers off.
# $1: a prefix of systemd's command. Prints what process 1 was, and how it ended; 137: not in time. Its own limit makes
# systemd wait longer than the timeout for a process that doesn't end.
mkdir -p /etc/systemd/system /etc/systemd/system.conf.d
printf '[Manager]\nDefaultTimeoutStopSec=1000\n' >/etc/systemd/system.conf.d/end.conf
cat >/etc/systemd/system/end.service <<END
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'cat /proc/1/comm >>/var/tmp/said; exec systemctl --force poweroff'
END
rm -f /var/tmp/said
export BEFORE="$1" container=test
# shellcheck disable=SC2016  # for the shell inside
timeout -s KILL 500 unshare --pid --mount --cgroup --fork --kill-child --mount-proc sh -c '
	umount /sys/fs/cgroup
	mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -t tmpfs tmpfs /run &&
		exec $BEFORE /lib/systemd/systemd --unit=end.service --log-target=null --show-status=no' \
	</dev/null >/dev/null 2>&1
ended=$?
[ $ended = 137 ] || ended=well
echo "$(cat /var/tmp/said), ended $ended"

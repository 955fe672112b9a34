# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Usage: unit.sh FOLDER-OF-THE-REPOSITORY
# In a guest that has the host's root: systemd, as process 1 of namespaces of its own, starts a service as an ordinary
# user under `socketcall run --families AF_UNIX`. The service asks for sockets. Prints the answers.
here=$1
said=/var/tmp/unit.said
cat >/var/tmp/asks.sh <<END
id -u
grep NoNewPrivs /proc/self/status
for family in 1 2; do
	for door in native i386; do
		echo "64 \$door \$family \$($here/build/tests/policy-make64 \$door \$family 1 0)"
	done
	for door in direct multiplexed socketcall; do
		echo "32 \$door \$family \$($here/build/tests/policy-make32 \$door \$family 1 0)"
	done
done
END
cat >/etc/systemd/system/asks.service <<END
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
User=nobody
StandardOutput=append:$said
StandardError=append:$said
ExecStart=$here/build/socketcall run --families='AF_UNIX' -- /bin/sh /var/tmp/asks.sh
ExecStopPost=+/bin/sh -c 'systemctl --force poweroff'
END
chmod 755 /var/tmp/asks.sh
mount --make-rprivate /
timeout -s KILL 900 env -i container=policy unshare --pid --mount --cgroup --fork --kill-child --mount-proc sh -c '
	umount /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -t tmpfs tmpfs /run &&
	exec /lib/systemd/systemd --unit=asks.service --log-target=null --show-status=no' \
	</dev/null >/dev/null 2>&1
cat $said

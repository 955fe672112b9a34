#!/bin/sh
# SPDX-License-Identifier: MIT
# Usage: here.sh ROOT ABOVE INNER
# Boots systemd in namespaces on this machine's own kernel, and runs the script /srv/inner/INNER.sh there. The root is
# an overlay of the folder ABOVE over the folder ROOT; changes are lost. /proc/sys is read-only, so that this machine's
# settings can't be changed. All processes end when this script ends.
set -eu
root=$1 above=$2 inner=$3
cgroups=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
group=$cgroups/socketcall-test-$$
mkdir "$group"
tree=$(mktemp -d) booted=
cleanup() {
	# unshare --kill-child kills its child, which is process 1, so that the kernel kills all others.
	if [ -n "$booted" ]; then kill -KILL "$booted" 2>/dev/null || :; fi
	# A cgroup can only be removed some time after its last process has ended.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
		sleep 0.5
	done
	rmdir "$tree" || :
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
# shellcheck disable=SC2016  # for the shells inside
sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' sh "$group" \
	unshare --mount --pid --net --cgroup --ipc --uts --fork --kill-child sh -eu -c '
	root=$1 above=$2 inner=$3 tree=$4
	mount -t tmpfs -o mode=755 tmpfs "$tree"
	mkdir "$tree/upper" "$tree/work" "$tree/root"
	mount -t overlay -o "lowerdir=$above:$root,upperdir=$tree/upper,workdir=$tree/work" overlay "$tree/root"
	cd "$tree/root"
	mount -t proc proc proc
	mount --bind proc/sys proc/sys
	mount --bind proc/sys/net proc/sys/net # stays writable: it belongs to the network namespace
	mount -o remount,bind,ro proc/sys
	# A user namespace may mount proc only if it sees a proc mount on which nothing else is mounted.
	mkdir -m 700 whole
	mkdir whole/proc
	mount -t proc proc whole/proc
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t tmpfs -o mode=755 tmpfs dev
	mkdir dev/pts dev/shm
	for node in null zero full random urandom tty; do : >dev/$node && mount --bind /dev/$node dev/$node; done
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
	for link in fd: stdin:/0 stdout:/1 stderr:/2; do ln -s "/proc/self/fd${link#*:}" "dev/${link%:*}"; done
	mount -t tmpfs -o mode=1777 tmpfs dev/shm
	mount -t tmpfs -o mode=755 tmpfs run
	mount -t tmpfs -o mode=1777 tmpfs tmp
	ip link set lo up
	mkdir old
	pivot_root . old
	umount -l /old
	mount --make-rshared /
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root container=test
	# reboot(2) kills process 1 of a PID namespace, and with it all others.
	(sh "/srv/inner/$inner.sh"; systemctl --force --force poweroff >/dev/null 2>&1) </dev/null &
	exec /lib/systemd/systemd --log-target=null --show-status=no >/dev/null 2>&1
' sh "$root" "$above" "$inner" "$tree" &
booted=$!
wait "$booted" || :
booted=

# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Shared by the agent's tests that boot a Debian with systemd. Sourced; it sources tap.sh.
#
# booted INNER    boots Debian $SUITE (default: trixie) with systemd, container engines and the files that
#                 `make install` installs, and runs inner/INNER.sh there, which prints TAP. It boots in namespaces on
#                 this machine's kernel, or with PLACE=guest in a guest of tools/vm, which is ended after
#                 $SECONDS_MOST s. /srv/i386 is a small i386 root for containers. Files that the test has put into
#                 $above replace the root's
. "$(dirname "$0")/../../fixtures/tap.sh"
above=$work/above
packages="systemd systemd-sysv dbus dbus-user-session libpam-systemd docker.io docker-cli containerd runc crun podman
	uidmap slirp4netns passt iptables apparmor busybox-static procps"

# Makes /srv/i386: programs of the laboratory's i386 root (tools/lab), with the libraries that they need.
small_root() {
	from=$(tools/lab root bookworm) to=$above/srv/i386 libraries=usr/lib/i386-linux-gnu
	mkdir -p "$to/$libraries" "$to/usr/share" "$to/bin" "$to/lib" "$to/proc" "$to/dev" "$to/sys" "$to/tmp" "$to/etc"
	cp -L "$from/lib/ld-linux.so.2" "$to/lib"
	cp -a "$from/$libraries/perl-base" "$to/$libraries"
	cp -L "$from/usr/bin/curl" "$from/usr/bin/perl" "$from/usr/bin/busybox" build/tests/loader "$to/bin"
	new="$to/bin/curl $to/bin/perl"
	while [ -n "$new" ]; do
		# shellcheck disable=SC2086  # a list
		needed=$(readelf -d $new | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
		new=
		for library in $needed; do
			if [ -e "$to/$libraries/$library" ] || [ ! -e "$from/$libraries/$library" ]; then continue; fi
			cp -L "$from/$libraries/$library" "$to/$libraries"
			new="$new $to/$libraries/$library"
		done
	done
	for name in sh cat echo grep id kill mkdir ps sleep true; do ln -s busybox "$to/bin/$name"; done
	echo Mozilla >"$to/usr/share/page"
}

# Puts the files into $above that the Debian root lacks or that must differ.
files_above() {
	make -s install DESTDIR="$work/installed" PREFIX=/usr >&2 || exit
	mkdir -p "$above/usr/bin" "$above/usr/lib" "$above/etc/docker" "$above/etc/systemd/system" "$above/srv"
	cp "$work/installed/usr/bin/socketcall" "$above/usr/bin"
	cp -a "$work/installed/usr/lib/systemd" "$work/installed/usr/lib/socketcall" "$above/usr/lib"
	cp -a tests/system/agent/inner "$above/srv"
	small_root
	# With a machine ID systemd doesn't take this for a first boot, in which it would enable all units.
	echo 0123456789abcdef0123456789abcdef >"$above/etc/machine-id"
	# dockerd must not set up networks, since there is none.
	echo '{ "iptables": false, "ip6tables": false, "bridge": "none", "ip-forward": false }' \
		>"$above/etc/docker/daemon.json"
	# Masks units that take long and aren't needed. dockerd loads the AppArmor profile of its containers itself.
	for unit in apparmor.service netavark-dhcp-proxy.socket podman.socket podman-restart.service \
		podman-auto-update.timer podman-clean-transient.service systemd-modules-load.service \
		systemd-networkd.service; do
		ln -s /dev/null "$above/etc/systemd/system/$unit"
	done
}

booted() {
	need binutils debootstrap
	build all build/tests/loader
	suite=${SUITE:-trixie}-amd64
	if [ "${PREPARE:-}" = list ]; then
		echo bookworm busybox-static curl
		# shellcheck disable=SC2086  # a line
		echo "$suite" $packages
	else
		tools/lab make bookworm busybox-static curl >&2 || exit
		# shellcheck disable=SC2086  # a list
		tools/lab make "$suite" $packages >&2 || exit
	fi
	prepared
	files_above
	tree=$(tools/lab root "$suite")
	if [ "${PLACE:-}" != guest ]; then
		tests/system/agent/here.sh "$tree" "$above" "$1"
		exit
	fi
	make -s vm-packages >&2 && tools/vm make amd64-trixie-full >&2 || exit
	tools/vm run amd64-trixie-full --tree "$tree" --init /lib/systemd/systemd --memory 2048 --dir "$above:/" \
		--timeout "$SECONDS_MOST" --console "$work/console" -- /bin/sh "/srv/inner/$1.sh" && exit
	status=$?
	echo "# the guest ended with status $status"
	tail -n 20 "$work/console" | sed 's/^/# /'
	exit $status
}

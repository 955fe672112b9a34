# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Fetches packages of another suite or architecture without touching the state of the machine's own apt and dpkg.
# Scripts source this file; they set $here to the repository's root folder, and define fail(), which prints a message
# and exits. shellcheck source=tools/mirror.sh
# shellcheck disable=SC2154  # who sources this sets it
. "$here/tools/mirror.sh"

# Runs apt with its own lists, architecture and configuration, but with the machine's network settings (proxies).
apt() {
	apt_command=$1
	shift
	"$apt_command" -q -c "$apt_folder/apt.conf" "$@"
}

# apt_begin FOLDER ARCHITECTURE SUITE: later calls of apt are for this architecture and suite; their state is in FOLDER.
apt_begin() {
	apt_folder=$1
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -e $keyring ] || fail "needs Debian's keys: tools/need debian-archive-keyring"
	mirror=$(mirror)
	[ -n "$mirror" ] || mirror=$(sed -n 's/^DEF_MIRROR="\([^$]*\)"$/\1/p' /usr/sbin/debootstrap) || :
	[ -n "$mirror" ] || fail "neither this machine's apt nor debootstrap knows a Debian mirror"
	mkdir -p "$apt_folder/lists/partial" "$apt_folder/cache/archives/partial" "$apt_folder/etc"
	: >"$apt_folder/status"
	echo "deb [signed-by=$keyring] $mirror $3 main" >"$apt_folder/sources.list"
	cat >"$apt_folder/apt.conf" <<-END
		#clear APT::Architectures;
		#clear APT::Update;
		#clear DPkg;
		APT::Architecture "$2";
		APT::Architectures { "$2"; };
		APT::Sandbox::User "";
		Acquire::Languages "none";
		Dir::State "$apt_folder";
		Dir::State::status "$apt_folder/status";
		Dir::Cache "$apt_folder/cache";
		Dir::Etc "$apt_folder/etc";
		Dir::Etc::sourcelist "$apt_folder/sources.list";
		Dir::Etc::sourceparts "/dev/null";
	END
	apt apt-get update
}

# SPDX-License-Identifier: MIT
# shellcheck shell=sh

# The mirror that this machine's apt takes Debian from; empty when there is none.
mirror() {
	# shellcheck disable=SC2016  # apt's own names
	uri=$(apt-get indextargets --format '$(REPO_URI)|$(LABEL)' 'Created-By: Packages' 2>/dev/null |
		sed -n 's/|Debian$//p' | sort -u | head -n 1)
	case $uri in
	# A list of mirrors, which cloud images have and debootstrap can't read.
	mirror+file:*) sed -n 's/^\(https\{0,1\}:[^[:space:]]*\).*/\1/p' "${uri#mirror+file:}" | head -n 1 ;;
	*) echo "$uri" ;;
	esac
}

# SPDX-License-Identifier: MIT
# shellcheck shell=sh

# Prints the Debian mirror that this machine's apt uses; an empty line if there is none.
mirror() {
	# shellcheck disable=SC2016  # apt's own names
	uri=$(apt-get indextargets --format '$(REPO_URI)|$(LABEL)' 'Created-By: Packages' 2>/dev/null |
		sed -n 's/|Debian$//p' | sort -u | head -n 1)
	case $uri in
	# Cloud images have a list of mirrors, which debootstrap can't read: take the first.
	mirror+file:*) sed -n 's/^\(https\{0,1\}:[^[:space:]]*\).*/\1/p' "${uri#mirror+file:}" | head -n 1 ;;
	*) echo "$uri" ;;
	esac
}

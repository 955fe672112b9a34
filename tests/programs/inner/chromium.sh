# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
LIMIT=300
mkdir "$work/home"
chown 1000:1000 "$work/home"
echo '<p id=said>by nobody</p><script>document.getElementById("said").textContent = "by a script: " + 6 * 7</script>' \
	>"$work/page.html"

# Runs Chromium by WAY (in_mode or start) as an ordinary user, with these options: it prints the page after its script
# has run. The other options switch off everything that would use the network.
chromium_by() { # WAY... -- OPTION...
	way=
	while [ "$1" != -- ]; do
		way="$way $1"
		shift
	done
	shift
	# shellcheck disable=SC2086  # words
	$way setpriv --reuid=1000 --regid=1000 --clear-groups env HOME="$work/home" \
		chromium --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-dev-shm-usage "$@" \
		--dump-dom "file://$work/page.html"
}
printed() { chromium_by in_mode -- "$@" 2>&1 | grep -F '<p id="said">by a script: 42</p>'; }

# In a chroot Chromium's sandbox can't use user namespaces, and needs its setuid program. So setpriv comes last: root
# loads the filters before it, without no_new_privs, under which setuid would have no effect.
mode=closed
fails "closed, Chromium doesn't start" "socketpair: Function not implemented" chromium_by in_mode --
mode=run
RUN_OPTIONS=--verbose
sandboxed() {
	chromium_by in_mode -- >"$work/sandboxed" 2>&1
	cat "$work/sandboxed"
	grep -qF '<p id="said">by a script: 42</p>' "$work/sandboxed"
}
ok "in its sandbox, whose filter knows only socketcall, Chromium works under socketcall run" sandboxed
ok "run has put instructions before its filters" \
	grep "its filter answers direct calls like multiplexed ones" "$work/sandboxed"
ok "without its sandbox Chromium works under socketcall run" printed --no-sandbox

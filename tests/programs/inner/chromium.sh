# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
LIMIT=300
mkdir "$work/home"
chown 1000:1000 "$work/home"
echo '<p id=said>by nobody</p><script>document.getElementById("said").textContent = "by a script: " + 6 * 7</script>' \
	>"$work/page.html"

# By in_mode or start, as an ordinary user, Chromium with these options prints the page after its script has run. The
# others switch off what would ask the network for something.
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

# In a chroot the sandbox isn't one of user namespaces, but by a set-user-ID program: so the user comes last.
mode=closed
fails "closed, Chromium doesn't start" "socketpair: Function not implemented" chromium_by in_mode --
mode=run
RUN_OPTIONS=--verbose
sandboxed() {
	chromium_by in_mode -- >"$work/sandboxed" 2>&1
	cat "$work/sandboxed"
	grep -qF '<p id="said">by a script: 42</p>' "$work/sandboxed"
}
ok "in its sandbox, which knows socketcall alone, it works under socketcall run" sandboxed
ok "its filters were loaded with something before them" \
	grep "its filter answers direct calls like multiplexed ones" "$work/sandboxed"
ok "without its sandbox it works under socketcall run" printed --no-sandbox

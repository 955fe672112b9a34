# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck source=tests/programs/inner/lib.sh
. /src/tests/programs/inner/lib.sh
LIMIT=120
AS="setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=$work/home MOZ_CRASHREPORTER_DISABLE=1"
mkdir "$work/home"
chown 1000:1000 "$work/home" "$work/open" "$work/closed" "$work/run"
echo '<p id=said>by nobody</p><script>document.getElementById("said").textContent = "by a script: " + 6 * 7</script>' \
	>"$work/page.html"

# Makes a new profile, with everything switched off that would use the network.
profile() {
	mkdir -p "$work/$mode/profile"
	cat >"$work/$mode/profile/user.js" <<-END
		user_pref("datareporting.policy.dataSubmissionEnabled", false);
		user_pref("network.captive-portal-service.enabled", false);
		user_pref("network.connectivity-service.enabled", false);
		user_pref("services.settings.server", "http://127.0.0.1:9/");
	END
	chown -R 1000:1000 "$work/$mode/profile"
}
# The command, and the options that all modes share; it is split into words.
firefox="firefox-esr --headless --no-remote --window-size=300,200"
whole() { [ "$(tail -c 8 "$work/$mode/shot.png" | od -An -c | tr -d ' \n')" = 'IEND256B`202' ]; }

session() {
	mode=$1
	profile
	# shellcheck disable=SC2086  # words
	start firefox $firefox --profile "$work/$mode/profile" --screenshot "$work/$mode/shot.png" \
		"file://$work/page.html"
	step sandbox await "a process with a filter of its own" own_filter
	step shot await "the picture" whole
	stop firefox
	pkill -KILL -f firefox-esr
}

mode=closed
profile
# shellcheck disable=SC2086
fails "closed, Firefox can't make its sandbox, and ends" "socketpair failed: ENOSYS" in_mode $firefox \
	--profile "$work/$mode/profile" --screenshot "$work/$mode/shot.png" "file://$work/page.html"
session open | diagnose
session run | diagnose
same sandbox "under socketcall run Firefox starts processes that load filters of their own"
ok "Firefox makes the same screenshot of a page as on the open kernel" cmp "$work/open/shot.png" "$work/run/shot.png"

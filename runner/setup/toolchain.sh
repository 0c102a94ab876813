#!/bin/bash
# A small Debian tree with the Node that Vite needs (Debian 12's own is too
# old), in which all JavaScript of Carrel is built, whatever the machine has.
#   toolchain.sh                 makes it, if it is not there
#   toolchain.sh run DIR CMD…    runs CMD in it, in DIR, which is /work inside
#   toolchain.sh path            prints where it is
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

packages=nodejs,ca-certificates
hash=$suite-$(hash_of runner/setup/toolchain.sh)
place=$build/toolchain/$hash

make_toolchain() {
	local new=$build/toolchain/.new
	need_root toolchain
	command -v mmdebstrap >/dev/null || fail toolchain \
		"mmdebstrap is missing; install it with: apt-get install mmdebstrap"
	rm -rf --one-file-system "$new"
	mkdir -p "$new"

	say toolchain "fetching a Debian $suite tree with Node (about half a minute)…"
	bootstrap essential "$packages" "$new/base" >"$new/base.log" 2>&1 &
	local base=$!
	# npm is needed for building only, and its four hundred packages need
	# not be configured for that: unpacking is enough.
	if ! bootstrap extract "$packages,npm" "$new/npm" >"$new/npm.log" 2>&1; then
		wait "$base" || true
		tail -n 8 "$new/npm.log" >&2
		fail toolchain "npm could not be fetched from Debian $suite." \
			"Is there a network, and a Debian mirror in the apt sources?"
	fi
	if ! wait "$base"; then
		tail -n 8 "$new/base.log" >&2
		fail toolchain "the Debian $suite tree could not be made." \
			"Is there a network, and a Debian mirror in the apt sources?"
	fi

	say toolchain "putting it together…"
	rm -rf "$new/base/var/lib/apt/lists" "$new/base/var/cache/apt"
	mkdir -p "$new/base/var/lib/apt/lists/partial" "$new/base/var/cache/apt"
	: >"$new/base/etc/resolv.conf"
	: >"$new/base/etc/hosts"
	cp -a "$new/base" "$new/tree"
	cp -a "$new/npm/usr/share/nodejs/." "$new/tree/usr/share/nodejs/"
	cp -a "$new/npm/usr/lib/." "$new/tree/usr/lib/"
	cp -a --update=none "$new/npm/usr/bin/." "$new/tree/usr/bin/" 2>/dev/null ||
		cp -an "$new/npm/usr/bin/." "$new/tree/usr/bin/"
	mkdir -p "$new/tree/work"
	rm -rf "$new/npm"
	chroot "$new/tree" npm --version >/dev/null ||
		fail toolchain "the new tree does not work: npm does not start in it."
	mv -T "$new" "$place"
	find "$build/toolchain" -mindepth 1 -maxdepth 1 -type d ! -name "$hash" \
		-exec rm -rf {} +
	say toolchain "ready"
}

ensure() {
	[ -e "$place" ] || (
		one_at_a_time toolchain
		[ -e "$place" ] || make_toolchain
	)
}

case ${1:-} in
'')
	ensure
	;;
path)
	printf '%s\n' "$place"
	;;
run)
	[ $# -ge 3 ] || fail toolchain "usage: toolchain.sh run DIR CMD…"
	need_root toolchain
	ensure
	dir=$(cd "$2" && pwd)
	shift 2
	export build
	# shellcheck disable=SC2016 # expanded by the inner shell
	exec unshare --mount --propagation private bash -c '
		set -euo pipefail
		. "$0"
		tree=$1 dir=$2
		shift 2
		enter "$tree" "$dir" /work sh -c '\''cd /work && exec "$@"'\'' sh "$@"
	' "$here/lib.sh" "$place/tree" "$dir" "$@"
	;;
*)
	fail toolchain "unknown request \"$1\""
	;;
esac

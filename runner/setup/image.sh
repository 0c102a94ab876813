#!/bin/bash
# The root file system of a sandbox.
#   image.sh vite      the one of apps: Node, Vite, the packages an app may use
#   image.sh marimo    the one of notebooks: Python, marimo, packages for data
# It is never changed after it was finished, because running sandboxes read
# from it: another content is another folder, and "current" points to the
# newest.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kind=${1:-}
case $kind in
vite | marimo) ;;
*) fail image "usage: image.sh vite|marimo" ;;
esac
part="image $kind"
images=$build/image/$kind
new=$images/.new

# Each kind has a file of its own: the array inputs, what its content comes
# from, and fill ROOTFS, which makes it.
# shellcheck source-path=SCRIPTDIR source=image/vite.sh source=image/marimo.sh
. "$here/image/$kind.sh"
hash=$(hash_of runner/setup/lib.sh runner/setup/image.sh \
	"runner/setup/image/$kind.sh" "${inputs[@]}")

# run_in TREE CMD…: runs CMD with TREE as its root.
run_in() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	build=$build unshare --mount --propagation private bash -c '
		set -euo pipefail
		. "$0"
		tree=$1
		shift
		enter "$tree" - - "$@"
	' "$here/lib.sh" "$@"
}

strip_system() {
	rm -rf "$1"/var/cache/* "$1"/var/log/* "$1"/var/lib/apt/* \
		"$1"/usr/share/{doc,man,info,locale,lintian,perl5,bug} \
		"$1"/usr/lib/*/gconv "$1"/usr/share/nodejs/npm
}

make_image() {
	need_root "$part"
	rm -rf --one-file-system "$new"
	mkdir -p "$new"
	fill "$new/rootfs"
	chmod 0755 "$new/rootfs"
	rm -rf "${images:?}/$hash"
	mv -T "$new" "$images/$hash"
}

is_current() {
	[ -d "$images/$hash/rootfs" ] &&
		[ "$(readlink "$images/current")" = "$hash" ]
}

is_current && exit 0
one_at_a_time "image-$kind"
is_current && exit 0
[ -d "$images/$hash/rootfs" ] || make_image
before=$(readlink "$images/current" || true)
ln -sfn "$hash" "$images/.current"
mv -T "$images/.current" "$images/current"
find "$images" -mindepth 1 -maxdepth 1 -type d ! -name "$hash" \
	! -name "${before:-$hash}" -exec rm -rf {} +
! declare -F finished >/dev/null || finished
say "$part" "ready"

#!/bin/bash
# The root file system of a sandbox.
#   image.sh vite    the one of apps: Node, Vite, the packages an app may use
# It is never changed after it was finished, because running sandboxes read
# from it: another content is another folder, and "current" points to the
# newest.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

kind=${1:-}
[ "$kind" = vite ] || fail image "usage: image.sh vite"

uid=61000
source=www/sandbox/vite
hash=$(hash_of runner/setup/lib.sh runner/setup/toolchain.sh \
	runner/setup/image.sh "$source/project" "$source/serve")
images=$build/image/$kind
new=$images/.new

run_in() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --propagation private bash -c '
		set -euo pipefail
		. "$0"
		tree=$1
		shift
		enter "$tree" - - "$@"
	' "$here/lib.sh" "$@"
}

# What only people and type checkers read, and what only other systems run.
strip_packages() {
	local modules=$1
	rm -rf "$modules"/{typescript,@typescript,@types,@dimforge,@webgpu} \
		"$modules"/.bin/{tsc,tsserver}
	find "$modules" -type f \( -name '*.map' -o -name '*.d.ts' \
		-o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \
		-o -name '*.flow' \) -delete
	find "$modules" -depth -type d -empty -delete
}

strip_system() {
	rm -rf "$1"/var/cache/* "$1"/var/log/* "$1"/var/lib/apt/* \
		"$1"/usr/share/{doc,man,info,locale,lintian,perl5,bug} \
		"$1"/usr/lib/*/gconv "$1"/usr/share/nodejs/npm
}

make_image() {
	local tool rootfs=$new/rootfs part="image $kind"
	need_root "$part"
	"$here/toolchain.sh"
	tool=$("$here/toolchain.sh" path)

	rm -rf --one-file-system "$new"
	mkdir -p "$new"
	cp -a "$tool/base" "$rootfs"
	strip_system "$rootfs"

	say "$part" "installing what apps may use (npm, about 20 seconds)…"
	mkdir -p "$rootfs/app" "$rootfs/opt/carrel/frame" "$rootfs/run/vite"
	cp -R "$root/$source/project/." "$rootfs/app/"
	rm -rf "$rootfs/app/node_modules" "$rootfs/app/dist"
	quiet "$part" "$images/npm.log" "$here/toolchain.sh" run "$rootfs/app" \
		npm ci --no-audit --no-fund --ignore-scripts
	strip_packages "$rootfs/app/node_modules"

	say "$part" "preparing packages for the browser…"
	cp -R "$root/$source/serve/." "$rootfs/opt/carrel/"
	cp "$root/$source"/project/src/{main.tsx,index.css} \
		"$rootfs/opt/carrel/frame/"
	ln -s /app/node_modules "$rootfs/opt/carrel/node_modules"
	quiet "$part" "$images/warm.log" run_in "$rootfs" \
		node /opt/carrel/warm.mjs /app /opt/carrel
	find "$rootfs/app/node_modules/.vite" -name '*.map' -delete
	mkdir -p "$rootfs/app/.candidate" "$rootfs/app/.judge"
	quiet "$part" "$images/bundle.log" run_in "$rootfs" \
		node /opt/carrel/bundle.mjs /opt/carrel/bundle.cjs
	quiet "$part" "$images/compile.log" run_in "$rootfs" \
		node /opt/carrel/compile.mjs /app
	rm -rf "$rootfs/app/.judge/src"

	echo "app:x:$uid:$uid::/tmp:/usr/sbin/nologin" >>"$rootfs/etc/passwd"
	echo "app:x:$uid:" >>"$rootfs/etc/group"
	chown -R "$uid:$uid" "$rootfs/app/src" "$rootfs/app/.candidate" \
		"$rootfs/app/.judge" "$rootfs/run/vite"
	chmod -R go+rX "$rootfs/app" "$rootfs/opt/carrel"
	chmod 0755 "$rootfs"

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
say "image $kind" "ready"

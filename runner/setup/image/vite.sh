# The image of apps. Sourced by image.sh.
# shellcheck shell=bash disable=SC2154 # set by image.sh and lib.sh

uid=61000
source=www/sandbox/vite
# shellcheck disable=SC2034 # used by image.sh
inputs=(runner/setup/toolchain.sh "$source/project" "$source/serve")

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

fill() {
	local tool rootfs=$1
	"$here/toolchain.sh"
	tool=$("$here/toolchain.sh" path)
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
	quiet "$part" "$images/chunks.log" run_in "$rootfs" \
		node /opt/carrel/chunks.mjs /app /opt/carrel /opt/carrel/chunks
	mv "$rootfs/opt/carrel/chunks" "$(dirname "$rootfs")/chunks"
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
}

# The names in .chunks are those of all images that are kept: what was frozen
# with the one before is served until it is frozen anew.
finished() {
	local list
	list=$(cd "$images" && echo ????????????????/chunks/*)
	[ "$list" = "$(cat "$images/.chunks" 2>/dev/null)" ] ||
		printf '%s\n' "$list" >"$images/.chunks"
}

# The image of notebooks. Sourced by image.sh.
# shellcheck shell=bash disable=SC2154 # set by image.sh and lib.sh
#
# Two layers: the ground (Debian, Python and the locked packages) takes a
# minute and changes seldom, so it is kept in build/cache; what is ours is
# put on a copy of it, whose files are the same ones (hard links).

source=www/sandbox/marimo
# shellcheck disable=SC2034 # used by image.sh
inputs=("$source")
packages=python3,python3-venv,ca-certificates,libstdc++6
inside=/opt/marimo/lib/python3.13/site-packages

# What only developers of the packages read, and what needs a Node that is
# not there (marimo's _lsp).
strip_packages() {
	local site=$1
	find "$site" -depth -type d -name tests -exec rm -rf {} +
	rm -rf "$site"/pip "$site"/pip-*.dist-info "$site/marimo/_lsp" \
		"$site/pyarrow/include" "$site/jedi/third_party/django-stubs" \
		"${site%/lib/*}"/bin/pip*
}

# Compiled without dates, so that a copy of the tree stays valid.
compile_packages() {
	quiet "$part" "$images/compile.log" run_in "$1" /opt/marimo/bin/python \
		-m compileall -q -j 0 --invalidation-mode unchecked-hash "$2"
}

install_packages() {
	local tree=$1
	mkdir -p "$tree/opt"
	cp "$root/$source/requirements.lock" "$tree/opt/"
	quiet "$part" "$images/pip.log" run_in "$tree" sh -c '
		python3 -m venv /opt/marimo && /opt/marimo/bin/pip install \
			--no-compile --require-hashes --only-binary :all: \
			-r /opt/requirements.lock'
	strip_packages "$tree$inside"
	rm -rf "$tree/opt/requirements.lock" "$tree/usr/share/python-wheels"
}

make_ground() {
	local tree=$1
	say "$part" "fetching a Debian $suite tree with Python (about half a minute)…"
	mkdir -p "$images"
	quiet "$part" "$images/debian.log" bootstrap essential "$packages" "$tree"
	strip_system "$tree"
	mkdir -p "$tree/var/lib/apt" "$tree/var/cache" "$tree/var/log"
	: >"$tree/etc/resolv.conf"
	printf '127.0.0.1 localhost\n::1 localhost\n' >"$tree/etc/hosts"
	say "$part" "installing marimo and packages for data (pip, half a minute)…"
	install_packages "$tree"
	say "$part" "compiling…"
	compile_packages "$tree" "$inside"
}

# The files of marimo's pages are served by the web server: they go out of
# the image, to assets/<version>, compressed ahead where that helps.
take_assets() {
	local static=$1$inside/marimo/_static to=$2 version
	version=$(sed -n 's/^Version: //p' "$1$inside"/marimo-*.dist-info/METADATA)
	mkdir -p "$to"
	mv "$static" "$to/$version"
	mkdir -p "$static/assets"
	mv "$to/$version/index.html" "$static/"
	rm -f "$to/$version"/*.md
	find "$to" -type f \( -name '*.js' -o -name '*.css' -o -name '*.svg' \
		-o -name '*.wasm' -o -name '*.ttf' -o -name '*.json' \) \
		-exec gzip -9nk {} +
	chmod -R go+rX "$to"
}

# The names in .assets are those of all images that are kept, because a sandbox
# that sleeps goes on with the one it had. Its date is of their last change.
finished() {
	local list
	list=$(cd "$images" && echo ????????????????/assets/*)
	[ "$list" = "$(cat "$images/.assets" 2>/dev/null)" ] ||
		printf '%s\n' "$list" >"$images/.assets"
}

fill() {
	local rootfs=$1 ground new_ground
	ground=$build/cache/marimo/$(hash_of runner/setup/lib.sh \
		runner/setup/image/marimo.sh "$source/requirements.lock")
	if [ ! -d "$ground" ]; then
		new_ground=$build/cache/marimo/.new
		rm -rf --one-file-system "$build/cache/marimo"
		mkdir -p "$new_ground"
		make_ground "$new_ground/rootfs"
		take_assets "$new_ground/rootfs" "$new_ground/assets"
		mv -T "$new_ground" "$ground"
	fi
	cp -al "$ground/rootfs" "$rootfs"
	cp -al "$ground/assets" "$(dirname "$rootfs")/assets"

	mkdir -p "$rootfs/opt/carrel" "$rootfs/work" "$rootfs/env"
	cp -R "$root/$source/." "$rootfs/opt/carrel/"
	rm -rf "$rootfs/opt/carrel"/requirements.* \
		"$rootfs/opt/carrel/__pycache__" "$rootfs/opt/carrel"/*/__pycache__
	# A resolver that would break marimo's own server says so instead.
	grep -xFf "$root/$source/protected.txt" \
		<(sed -n 's/^\([a-z0-9-]*\)==.*/\1/p' "$root/$source/requirements.lock") |
		while IFS= read -r name; do
			sed -n "s/^\($name==[^ ]*\) .*/\1/p" "$root/$source/requirements.lock"
		done >"$rootfs/opt/carrel/protected.txt"
	compile_packages "$rootfs" /opt/carrel
	# What we set inside marimo must still be there in this version of it.
	quiet "$part" "$images/check.log" run_in "$rootfs" env \
		PYTHONPATH=/opt/carrel /opt/marimo/bin/python -B -P -c \
		'from carrel import browser; browser.check()'
	quiet "$part" "$images/fonts.log" run_in "$rootfs" env \
		MPLCONFIGDIR=/opt/carrel/matplotlib /opt/marimo/bin/python -c \
		'import matplotlib.font_manager'
	chmod -R go+rX "$rootfs/opt/carrel"
}

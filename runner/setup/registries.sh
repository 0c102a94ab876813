#!/bin/bash
# Writes down where this machine's ordinary clients, pip and npm, get packages
# from, for the setting's sake that is empty (package_index, npm_registry).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

file=$build/registries.conf

# The trees that were built have a pip or its source, where the machine has none.
pip_source() {
	find "$build"/image/*/current/rootfs "$build"/toolchain/*/base -path '*/pip/_internal/models/index.py' \
		2>/dev/null | head -n 1
}

# What pip was told to use; else what it has built in.
python_index() {
	local python url source
	for python in python3 /usr/bin/python3; do
		command -v "$python" >/dev/null || continue
		url=$("$python" -m pip config get global.index-url 2>/dev/null) || url=${PIP_INDEX_URL:-}
		[ -n "$url" ] || url=$("$python" -c \
			'from pip._internal.models.index import PyPI; print(PyPI.simple_url)' 2>/dev/null) || continue
		echo "$url"
		return
	done
	if [ -n "${PIP_INDEX_URL:-}" ]; then
		echo "$PIP_INDEX_URL"
		return
	fi
	source=$(pip_source)
	[ -z "$source" ] || sed -n 's|^PyPI = PackageIndex(\s*"\([^"]*\)".*|\1simple|p' "$source"
}

npm_registry() {
	local work
	if command -v npm >/dev/null; then
		npm config get registry 2>/dev/null && return
	fi
	work=$(mktemp -d)
	"$here/toolchain.sh" run "$work" npm config get registry 2>/dev/null || true
	rm -rf "$work"
}

# It must be a URL on one line; "undefined" and the like are none.
line() {
	local url
	url=$(head -n 1 <<<"$2")
	case $url in
	http://* | https://*) echo "$1 = $url" ;;
	*) say registries "$1 is not known on this machine; the setting of that name can tell" >&2 ;;
	esac
}

# Asking takes a second, and what is answered rarely changes.
if [ -s "$file" ] && [ -z "$(find "$file" -mmin +60)" ] && [ "$file" -nt "$0" ]; then
	exit 0
fi
mkdir -p "$build"
{
	line package_index "$(python_index)"
	line npm_registry "$(npm_registry)"
} >"$file.new"
chmod 0644 "$file.new"
mv -T "$file.new" "$file"

#!/bin/bash
# Gets the sandbox engine, gVisor's runsc, as bin/runsc of the build folder:
# a recent one that is on PATH; else the pinned Go module, built with the
# machine's Go or with Debian's; else Debian's own, if it can do what we need.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

bin=$build/bin/runsc
stamp=$build/bin/.runsc-made-from
hash=$(hash_of runner/setup/runsc.sh runner/setup/runsc)
module=gvisor.dev/gvisor
log=$build/runsc.log

# The pinned revision's date tells a runsc of ours from others, and a
# checkpoint of one build is refused by another.
version=carrel-$(sed -n "s|.*$module v0.0.0-\([0-9]*\)-\([0-9a-f]*\).*|\1-\2|p" \
	"$here/runsc/go.mod")

# What it can do says more than what it calls itself: some builds have no
# version at all.
# Its words are taken in whole: grep -q would end the pipe early, and pipefail would make
# that a failure.
says() {
	local words
	# shellcheck disable=SC2086 # the words of a command line
	words=$("$1" $2 2>&1) || true
	grep -q -- "$3" <<<"$words"
}

is_recent() {
	says "$1" "help checkpoint" save-restore-exec-argv
}

is_usable() {
	says "$1" "help checkpoint" leave-running && says "$1" flags overlay2
}

finish() {
	printf '%s\n' "$hash" >"$stamp"
	say runsc "$1"
	exit 0
}

# go_number GO: 1.26.3 → 1026003
go_number() {
	"$1" env GOVERSION 2>/dev/null |
		awk -F'[go.rcbeta-]+' '{ print $2 * 1000000 + $3 * 1000 + $4 }'
}

module_wants() {
	awk '/^go / { split($2, v, "."); print v[1] * 1000000 + v[2] * 1000 + v[3] }' \
		"$here/runsc/go.mod"
}

# Arguments of `go` that build the pinned module to $1.
build_arguments() {
	printf '%s\n' build -mod=readonly -trimpath -ldflags \
		"-s -w -X $module/runsc/version.version=$version" -o "$1" .
}

try_go_of_machine() {
	local number arguments
	command -v go >/dev/null || return 1
	number=$(go_number go)
	# 1.21 is the first that fetches the toolchain which a module asks for.
	[ "${number:-0}" -ge 1021000 ] || return 1
	[ "$number" -ge "$(module_wants)" ] || export GOTOOLCHAIN=auto
	say runsc "building (Go, one to two minutes)…"
	mapfile -t arguments < <(build_arguments "$bin.new")
	(cd "$here/runsc" && CGO_ENABLED=0 go "${arguments[@]}") >"$log" 2>&1
}

try_go_of_debian() {
	local tree=$build/cache/debian-go arguments
	command -v mmdebstrap >/dev/null || return 1
	"$here/toolchain.sh" || return 1
	say runsc "fetching Go from Debian $suite (250 MB)…"
	rm -rf --one-file-system "$tree"
	mkdir -p "$tree/work"
	extract golang-go "$tree/debian" >"$log" 2>&1 || return 1
	cp "$here/runsc/"* "$tree/work/"
	say runsc "building (Go, two to three minutes)…"
	mapfile -t arguments < <(build_arguments /work/work/runsc)
	# shellcheck disable=SC2016 # expanded by the inner shell
	"$here/toolchain.sh" run "$tree" sh -c '
		cd /work/work
		export GOROOT=$(echo /work/debian/usr/lib/go-1.*)
		export GOPATH=/work/path GOCACHE=/work/cache GOFLAGS=-modcacherw
		export GOTOOLCHAIN=auto CGO_ENABLED=0
		exec "$GOROOT/bin/go" "$@"
	' sh "${arguments[@]}" >"$log" 2>&1 || return 1
	mv "$tree/work/runsc" "$bin.new"
	rm -rf --one-file-system "$tree"
}

try_debian() {
	local tree=$build/cache/debian-runsc
	command -v mmdebstrap >/dev/null || return 1
	say runsc "that did not work ($log); trying Debian's own…"
	rm -rf --one-file-system "$tree"
	extract runsc "$tree" >"$log.debian" 2>&1 || return 1
	mv "$tree/usr/bin/runsc" "$bin.new"
	rm -rf --one-file-system "$tree"
	is_usable "$bin.new"
}

extract() {
	local -a sources
	mapfile -t sources < <(debian_sources "$suite")
	mmdebstrap --mode=root --variant=extract --include="$1" \
		"$suite" "$2" ${sources[0]+"${sources[@]}"}
}

is_made() {
	[ -x "$bin" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$hash" ]
}

is_made && exit 0
one_at_a_time runsc
is_made && exit 0
need_root runsc
mkdir -p "$build/bin"

found=$(command -v runsc || true)
if [ -n "$found" ] && is_recent "$found"; then
	ln -sfn "$(readlink -f "$found")" "$bin"
	finish "the one of this machine, $found"
fi

if try_go_of_machine || try_go_of_debian; then
	is_recent "$bin.new" || fail runsc \
		"the program that was built does not work; the log is $log"
	mv -T "$bin.new" "$bin"
	finish "built, version $version"
fi

if try_debian; then
	mv -T "$bin.new" "$bin"
	finish "Debian's own; slower than the pinned version, but it works"
fi
if [ -n "$found" ] && is_usable "$found"; then
	ln -sfn "$(readlink -f "$found")" "$bin"
	finish "the one of this machine, $found; a newer one would be faster"
fi

tail -n 8 "$log" >&2 || true
[ -z "$found" ] || fail runsc "$found is too old: it cannot save a running" \
	"sandbox. Install Go 1.21 or later and try again."
fail runsc "could not be obtained. With network access to Go's module proxy" \
	"or a Debian mirror it is built by itself; or put a recent runsc on PATH."

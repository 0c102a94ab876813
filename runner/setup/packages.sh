#!/bin/bash
# Installs the Debian packages that are missing.
#   packages.sh run      to build Carrel and run it
#   packages.sh check    also what the tests need
# No package may start a service, and a web server that is there already is
# not touched.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

policy=/usr/sbin/policy-rc.d
mark="Carrel installs packages at this moment."

run_packages() {
	cat <<-'END'
	bash
	ca-certificates
	e2fsprogs
	gcc
	libc6-dev
	libcjson-dev
	libcurl4-openssl-dev
	libfcgi-dev
	libseccomp-dev
	libsodium-dev
	libsqlite3-dev
	make
	mmdebstrap
	musl-tools
	pkg-config
	util-linux
	zlib1g-dev
	END
}

# web_package lighttpd|apache: the package that brings the server, unless
# one is there: apache2-bin is the program without the service around it.
web_package() {
	case $1 in
	lighttpd)
		command -v lighttpd >/dev/null || echo lighttpd
		;;
	apache)
		command -v apache2 >/dev/null || echo apache2-bin
		;;
	esac
}

# The setting web, from where carreld takes it too.
chosen_web() {
	local file=${CARREL_CONF:-} name value web=${CARREL_WEB:-}
	for value in carrel.conf /etc/carrel/carrel.conf; do
		[ -n "$file" ] || [ ! -e "$value" ] || file=$value
	done
	if [ -z "$web" ] && [ -r "$file" ]; then
		while IFS=$'= \t\r' read -r name value || [ -n "$name" ]; do
			[ "${name,,}" != web ] || web=$value
		done <"$file"
	fi
	echo "${web:-lighttpd}"
}

check_packages() {
	cat <<-'END'
	chromium
	clang
	clang-format
	curl
	libclang-rt-dev
	libcmocka-dev
	python3-prometheus-client
	shellcheck
	sqlite3
	unzip
	wrk
	xz-utils
	END
	command -v nginx >/dev/null || echo nginx-light
	web_package lighttpd
	# With the configuration around it, which examples/apache.conf goes into.
	command -v a2enmod >/dev/null || echo apache2
	if ! has_node; then
		echo nodejs
		echo npm
	fi
}

has_node() {
	local major
	major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) &&
		[ "$major" -ge 18 ] && command -v npm >/dev/null
}

# Those of the arguments that are not installed.
missing() {
	local installed
	# It fails when one of them is unknown, but tells of the others.
	# shellcheck disable=SC2016 # dpkg expands these
	installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" \
		2>/dev/null | sed -n 's/^installed //p' || true)
	printf '%s\n' "$@" | grep -vxF -e "$installed" || true
}

# While packages are installed, nothing of theirs may start. What was there
# comes back whatever happens.
forbid_services() {
	saved=
	if grep -qs "$mark" "$policy"; then
		# An earlier run was killed in the middle.
		rm -f "$policy"
		[ ! -e "$policy.carrel-saved" ] ||
			mv -T "$policy.carrel-saved" "$policy"
	fi
	if [ -e "$policy" ] || [ -L "$policy" ]; then
		saved=$policy.carrel-saved
		mv -T "$policy" "$saved"
	fi
	trap allow_services EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$policy"
	chmod 0755 "$policy"
}

allow_services() {
	rm -f "$policy"
	[ -z "$saved" ] || mv -T "$saved" "$policy"
}

install_packages() {
	local -a apt=(env DEBIAN_FRONTEND=noninteractive apt-get
		-o DPkg::Lock::Timeout=300 -q -y)
	# Lists that know all of these are new enough.
	if ! "${apt[@]}" --simulate --no-install-recommends install "$@" \
		>/dev/null 2>&1; then
		say packages "reading the lists of what Debian has…"
		quiet packages "$build/packages.log" "${apt[@]}" update
	fi
	say packages "installing $# packages: $*"
	forbid_services
	if ! "${apt[@]}" --no-install-recommends install "$@" \
		>"$build/packages.log" 2>&1; then
		# The lists may name versions that the mirror has replaced since.
		quiet packages "$build/packages.log" "${apt[@]}" update
		quiet packages "$build/packages.log" \
			"${apt[@]}" --no-install-recommends install "$@"
	fi
	for service in lighttpd nginx apache2; do
		# Nor may it start with the machine, unless it did before.
		if printf '%s\n' "$@" | grep -qE "^$service(-light)?$"; then
			deb-systemd-helper disable "$service.service" >/dev/null 2>&1 || true
			update-rc.d "$service" disable >/dev/null 2>&1 || true
		fi
	done
	say packages "installed"
}

command -v apt-get >/dev/null || fail packages \
	"this is not Debian: there is no apt-get. Carrel needs Debian 12 or later."

web=$(chosen_web)
case $web in
lighttpd | apache | none) ;;
*) fail packages "web is \"$web\"; it can be lighttpd, apache or none." ;;
esac

case ${1:-} in
run)
	mapfile -t wanted < <(run_packages && web_package "$web")
	;;
check)
	mapfile -t wanted < <(run_packages && check_packages)
	;;
*)
	fail packages "usage: packages.sh run|check"
	;;
esac

list=$(missing "${wanted[@]}" | sort -u)
mapfile -t absent < <(printf '%s' "$list")
[ ${#absent[@]} -gt 0 ] || exit 0
need_root packages
mkdir -p "$build"
install_packages "${absent[@]}"

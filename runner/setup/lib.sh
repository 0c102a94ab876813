# What the setup scripts share. Sourced, never run.
# shellcheck shell=bash

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${CARREL_BUILD:-$root/build}
case $build in /*) ;; *) build=$PWD/$build ;; esac

# shellcheck disable=SC2034 # used by the scripts
suite=trixie

# say PART WORDS…: one line of progress.
say() {
	local part=$1
	shift
	printf '  %s: %s\n' "$part" "$*"
}

# fail PART WORDS…: what is wrong and what to do about it.
fail() {
	local part=$1
	shift
	printf '  %s: %s\n' "$part" "$*" >&2
	exit 1
}

need_root() {
	[ "$(id -u)" = 0 ] || fail "$1" "this must run as root; try again with sudo."
}

# hash_of FILE-OR-FOLDER…: one short hash over names and contents.
hash_of() {
	(
		cd "$root" || exit 1
		find "$@" -type f -print0 | LC_ALL=C sort -z |
			xargs -0 sha256sum | sha256sum | cut -c1-16
	)
}

# quiet PART LOG CMD…: runs a command with its output in a log; on failure
# shows the end of it.
quiet() {
	local part=$1 log=$2
	shift 2
	mkdir -p "$(dirname "$log")"
	if ! "$@" >"$log" 2>&1; then
		tail -n 15 "$log" >&2
		fail "$part" "this failed; the whole story is in $log"
	fi
}

# one_at_a_time NAME: waits until no other Carrel builds NAME in this folder.
one_at_a_time() {
	mkdir -p "$build"
	exec 9>"$build/.$1.lock"
	flock 9
}

# debian_sources SUITE: lines for sources.list, with the mirrors that this
# machine uses already. Nothing if it has none that we recognise.
debian_sources() {
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Identifier: Packages' \
		2>/dev/null | LC_ALL=C sort -u | awk -F'|' -v suite="$1" '
		$1 == "Debian" && !main {
			main = $2
			print "deb " main " " suite " main"
			print "deb " main " " suite "-updates main"
		}
		$1 == "Debian-Security" && !security {
			security = $2
			print "deb " security " " suite "-security main"
		}'
}

# bootstrap VARIANT PACKAGES TREE: makes a Debian tree, without what only people read.
bootstrap() {
	local -a sources options=(--dpkgopt=force-unsafe-io)
	local folder
	mapfile -t sources < <(debian_sources "$suite")
	for folder in doc man info locale lintian; do
		options+=(--dpkgopt="path-exclude=/usr/share/$folder/*")
	done
	mmdebstrap --mode=root --variant="$1" --include="$2" "${options[@]}" \
		"$suite" "$3" ${sources[0]+"${sources[@]}"}
}

# Names of the variables by which a machine says which certificates, proxies
# and package registries it uses.
carried_env() {
	local go='GO(PROXY|SUMDB|NOSUMDB|NOPROXY|PRIVATE|INSECURE|VCS)' pip
	pip='PIP_((EXTRA_)?INDEX_URL|NO_INDEX|TRUSTED_HOST|PROXY|(DEFAULT_)?TIMEOUT|RETRIES)'
	env | grep -iE "^(npm_config_[a-z_]+|$go|$pip|(https?|no|all)_proxy)=" || true
}

cert_vars="SSL_CERT_FILE NODE_EXTRA_CA_CERTS NPM_CONFIG_CAFILE npm_config_cafile
	PIP_CERT"

# pip_files TREE: what the machine's pip is configured with, where pip in TREE finds it.
pip_files() {
	local tree=$1 from to
	while read -r from to; do
		[ ! -s "$from" ] || install -D -m 600 "$from" "$tree$to"
	done <<-END
	/etc/pip.conf /run/xdg/pip/pip.conf
	${HOME:-/root}/.pip/pip.conf /root/.pip/pip.conf
	${HOME:-/root}/.config/pip/pip.conf /root/.config/pip/pip.conf
	${PIP_CONFIG_FILE:-/dev/null} /run/pip.conf
	END
}

# enter TREE BIND INSIDE CMD…: runs CMD with TREE as its root and BIND
# mounted read-write at INSIDE ("-" "-": nothing). Call it in a mount
# namespace of its own: the mounts end with it.
enter() {
	local tree=$1 from=$2 inside=$3 name file number=0
	local -a set=(HOME=/root PATH=/usr/local/bin:/usr/bin:/usr/sbin LC_ALL=C.UTF-8)
	shift 3

	mount -t proc proc "$tree/proc"
	mount --rbind /dev "$tree/dev"
	mount -t tmpfs -o mode=1777 tmpfs "$tree/tmp"
	mount -t tmpfs -o mode=0755 tmpfs "$tree/run"
	mount -t tmpfs -o mode=0700 tmpfs "$tree/root"
	[ "$from" = - ] || mount --bind "$from" "$tree$inside"
	for file in /etc/resolv.conf /etc/hosts; do
		[ ! -s "$file" ] || [ ! -e "$tree$file" ] ||
			mount --bind "$(readlink -f "$file")" "$tree$file"
	done

	mkdir "$tree/run/certs"
	if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
		cp -L /etc/ssl/certs/ca-certificates.crt "$tree/run/certs/system.crt"
		set+=(SSL_CERT_FILE=/run/certs/system.crt
			NODE_EXTRA_CA_CERTS=/run/certs/system.crt
			PIP_CERT=/run/certs/system.crt)
	fi
	while IFS= read -r name; do
		set+=("$name")
	done < <(carried_env)
	for name in $cert_vars; do
		file=${!name:-}
		if [ -z "$file" ] || [ ! -s "$file" ]; then
			continue
		fi
		number=$((number + 1))
		cp -L "$file" "$tree/run/certs/$number.crt"
		set+=("$name=/run/certs/$number.crt")
	done

	# npm: the machine's registry and tokens, a cache that outlives this.
	for file in /usr/etc/npmrc /usr/local/etc/npmrc /etc/npmrc; do
		[ ! -s "$file" ] || cat "$file" >>"$tree/run/npmrc"
	done
	if [ -n "${HOME:-}" ] && [ -s "$HOME/.npmrc" ]; then
		cp "$HOME/.npmrc" "$tree/root/.npmrc"
	fi
	# A machine that has neither file, or only one, is an ordinary one.
	touch "$tree/run/npmrc" "$tree/root/.npmrc"
	file=$(sed -n 's/^ *cafile *= *//p' "$tree/run/npmrc" "$tree/root/.npmrc" |
		tail -n 1 | tr -d "\"'")
	if [ -n "$file" ] && [ -s "$file" ]; then
		cp -L "$file" "$tree/run/certs/npm.crt"
		set+=(npm_config_cafile=/run/certs/npm.crt)
	fi
	mkdir -p "$build/cache/npm" "$tree/run/npm"
	mount --bind "$build/cache/npm" "$tree/run/npm"
	set+=(npm_config_globalconfig=/run/npmrc npm_config_cache=/run/npm
		npm_config_audit=false npm_config_fund=false
		npm_config_update_notifier=false)

	pip_files "$tree"
	mkdir -p "$build/cache/pip" "$tree/run/pip"
	mount --bind "$build/cache/pip" "$tree/run/pip"
	set+=(XDG_CONFIG_DIRS=/run/xdg PIP_CONFIG_FILE=/run/pip.conf
		PIP_CACHE_DIR=/run/pip PIP_DISABLE_PIP_VERSION_CHECK=1
		PIP_ROOT_USER_ACTION=ignore)

	exec env -i "${set[@]}" "$(command -v chroot)" "$tree" "$@"
}

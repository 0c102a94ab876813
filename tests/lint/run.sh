#!/bin/bash
# What can be known about the source without running it.  One line a finding or a check,
# and at the end "N passed, N failed, N skipped".
#   tests/lint/run.sh [check…]
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
build=${CARREL_BUILD:-$PWD/build}
passed=0 failed=0 skipped=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Everything that belongs to the project, committed or about to be.
if git rev-parse --git-dir >/dev/null 2>&1; then
	git ls-files -co --exclude-standard
else
	find . \( -name .git -o -name node_modules -o -path ./build -o -path ./var \) -prune \
		-o -type f -printf '%P\n'
fi | sort -u | while IFS= read -r file; do [ -f "$file" ] && echo "$file"; done >"$scratch/all"

files() { grep -E "$1" "$scratch/all"; }

# finish NAME: passed if nothing was written to $scratch/found; each line there is a finding.
finish() {
	if [ -s "$scratch/found" ]; then
		sed "s/^/  /" "$scratch/found" | head -n 40
		echo "not ok $1"
		failed=$((failed + 1))
	else
		echo "ok $1"
		passed=$((passed + 1))
	fi
}

skip() {
	echo "ok $1 # skip $2"
	skipped=$((skipped + 1))
}

# ---- layers are folders: who may include whom
check_layers() {
	# shellcheck disable=SC2016 # awk's own $
	files '^(shared|cgi|runner)/.*\.[ch]$' | xargs awk '
	function rank(f) {
		if (f ~ /^shared\/base\//) return 0
		if (f ~ /^shared\/text\//) return 1
		if (f ~ /^shared\/(wire|guard)\//) return 2
		if (f ~ /^shared\/(rule|conf)\//) return 3
		if (f ~ /^shared\/store\//) return 4
		return 5
	}
	function folder(f, part) {
		split(f, part, "/")
		return part[1] "/" part[2]
	}
	/^#include "/ {
		split($2, quoted, "\"")
		path = FILENAME
		sub(/[^\/]*$/, "", path)
		path = path quoted[2]
		while (sub(/[^\/]+\/\.\.\//, "", path))
			;
		if (path ~ /\.def$/ || quoted[2] !~ /\//)
			next
		if (rank(path) > rank(FILENAME))
			print FILENAME ":" FNR ": includes " path ", which is above it"
		else if (rank(FILENAME) == 5 && rank(path) == 5 && folder(path) != "cgi/lib" &&
		    folder(path) != folder(FILENAME))
			print FILENAME ":" FNR ": includes " path ", which is another program"
		else if (folder(path) == "cgi/lib" && FILENAME !~ /^cgi\//)
			print FILENAME ":" FNR ": includes " path " from outside cgi"
	}' >"$scratch/found"
	finish "layers: nobody includes what is above it, or another program"
}

# ---- each foreign header has one door: header, and the files that may include it
check_doors() {
	while read -r header door; do
		files '^(shared|cgi|runner)/.*\.[ch]$' | xargs grep -nE "#include <$header>" |
			grep -vE "^($door)" | sed "s~\$~  (its door: $door)~"
	done >"$scratch/found" <<-'DOORS'
	fcgiapp\.h cgi/lib/
	curl/curl\.h shared/wire/library\.h
	seccomp\.h shared/guard/
	sodium\.h shared/base/rand\.c|shared/text/(secret|digest)\.[ch]
	sqlite3\.h shared/store/
	cjson/cJSON\.h shared/text/
	archive(_entry)?\.h cgi/apps/
	DOORS
	finish "doors: each foreign header is included in one place"
}

# ---- budgets
check_files() {
	files '\.[ch]$' | xargs wc -l | awk '$2 != "total" && $1 > 400 {
		if ($1 > 600 && $2 !~ /^tests\//) print $2 ": " $1 " lines; 600 is the end"
		else if ($2 !~ /^tests\//) print "  (" $2 ": " $1 " lines, over 400)" > "/dev/stderr"
	}' >"$scratch/found"
	finish "budget: no file is longer than 600 lines"
}

check_functions() {
	files '^(shared|cgi|runner)/.*\.c$' | xargs awk '
	/^\{/ { start = FNR }
	/^\}/ && start {
		if (FNR - start > 70)
			print FILENAME ":" start ": a function of " FNR - start " lines; 70 is the end"
		start = 0
	}' >"$scratch/found"
	finish "budget: no function is longer than 70 lines"
}

check_lines() {
	# shellcheck disable=SC2016 # awk's own $
	files '^(shared|cgi|runner)/.*\.[ch]$' | LC_ALL=C xargs awk '
	{
		line = $0
		gsub(/[\200-\277]/, "", line)	# all but the first byte of a character
		while (match(line, /\t/))
			line = substr(line, 1, RSTART - 1) \
			    substr("        ", 1, 8 - (RSTART - 1) % 8) substr(line, RSTART + 1)
		if (length(line) > 120)
			print FILENAME ":" FNR ": " length(line) " columns"
		if ($0 ~ /[ \t]$/)
			print FILENAME ":" FNR ": space at the end"
	}' >"$scratch/found"
	finish "budget: no line is much longer than 90 columns (120), none ends in space"
}

# ---- calls that are not made, and words that are not left behind
check_banned() {
	{
		files '^(shared|cgi|runner)/.*\.[ch]$' | xargs grep -nE \
			'\b(sprintf|vsprintf|strcpy|strcat|gets|system|popen|strtok|rand|srand|random|tmpnam|mktemp|alloca)[[:space:]]*\(' |
			grep -vE ':[[:space:]]*(/?\*|//)'
		files '^(cgi|runner|shared)/.*\.[ch]$' | grep -v '^shared/store/' |
			xargs grep -n 'sqlite3_'
		files '\.(c|h|sh|mjs|js|sql|def)$' | grep -v '^tests/lint/' |
			xargs grep -nwE 'T''ODO|F''IXME|X''XX'
	} >"$scratch/found"
	finish "banned: unsafe calls, SQL outside the store, things left to do"
}

check_waits() {
	files '^tests/.*\.(c|sh)$' | grep -v '^tests/lint/' |
		xargs grep -nE '(^|[^_a-z])(usleep|nanosleep|sleep)[[:space:](]+[0-9]' |
		grep -vE 'sleep [0-9]+ [^&;]*&' >"$scratch/found"	# those are there to be killed
	finish "tests wait for conditions, not for time"
}

# ---- the tree says nothing about where it was made or where packages come from
check_traces() {
	local here=$PWD/
	{
		xargs -d '\n' grep -IlF -e "$here" <"$scratch/all" | sed "s|\$|: names the folder of this clone|"
		files '(^|/)package-lock\.json$' | xargs grep -Hn '"resolved"'
		files '(^|/)\.npmrc$|(^|/)pip\.conf$|\.(pem|key|p12)$'
		files '\.(c|h|def|sh|mjs|js|conf|service|html|awk)$|GNUmakefile$' |
			grep -vE '^(tests|www/sample)/' |
			xargs grep -nHoE 'https?://[A-Za-z0-9.-]+\.[a-z]{2,}' |
			grep -vE '//((.*\.)?example(\.org|\.com)?|api\.anthropic\.com|api\.openai\.com|www\.w3\.org|.*\.localhost|commonmark\.org)$'
	} >"$scratch/found"
	finish "traces: no path of this machine, no download addresses, no unknown hosts"
}

# ---- shell
check_shell() {
	command -v shellcheck >/dev/null || { skip "shellcheck" "it is not installed"; return; }
	files '\.sh$' | xargs shellcheck -x -f gcc >"$scratch/found" 2>&1
	finish "shellcheck"
}

# ---- every route is named in a test
check_routes() {
	files '^tests/(api|web|e2e)/.*\.(c|mjs|sh)$' | xargs cat >"$scratch/tests"
	sed -n 's/^ROUTE([a-z]*, *\([A-Z]*\), *"\([^"]*\)".*/\1 \2/p' cgi/routes.def |
		while read -r method path; do
			pattern=$(sed 's/[].[*^$+?()|]/\\&/g; s/{[a-z]*}/[^\/"'"'"'` ]+/g' <<<"$path")
			[ "$path" = / ] && continue
			# %2$s and ${id} stand for ids in tests; a client may name the part behind.
			grep -qE "$pattern([\"'\`?# ,)]|\$|\\$)" "$scratch/tests" ||
				echo "$method $path is in no test"
		done >"$scratch/found"
	finish "every route is named in a test"
}

check_templates() {
	{
		grep -ohE '\{\{(asset|inline):[^}]*\}\}' www/templates/*.html | tr -d '{}' |
			sed 's/^[a-z]*://' | sort -u | while read -r name; do
			case $name in
			fonts/*) grep -qF "'$name'" www/build.mjs ;;
			*) [ -f "www/$name" ] ;;
			esac || echo "www/templates: $name is not there"
		done
		grep -ohE '\{\{>[^}]*\}\}' www/templates/*.html | tr -d '{}> ' | sort -u |
			while read -r name; do
				[ -f "www/templates/$name.html" ] || [ -f "www/templates/_$name.html" ] ||
					echo "www/templates: the part $name is not there"
			done
	} >"$scratch/found"
	finish "templates: every asset and part is there"
}

# ---- examples are what carreld prints, and the servers understand them
check_examples() {
	local carreld=$build/release/bin/carreld name
	[ -x "$carreld" ] || { skip "examples" "carreld is not built"; return; }
	for name in lighttpd:lighttpd apache:apache nginx:nginx settings:carrel; do
		env -i "$carreld" print "${name%:*}" | diff - "examples/${name#*:}.conf" |
			sed "s|^|examples/${name#*:}.conf: |"
	done >"$scratch/found"
	finish "examples are what carreld prints"
	grep -oE 'action="[^"]*"' examples/forms.html | sed 's/.*="//; s/"//; s|/APP|/{id}|; s|/ASSIST|/{assist}|' |
		while read -r path; do
			grep -qE "POST, +\"$path\"" cgi/routes.def || echo "forms.html: no POST $path"
		done >"$scratch/found"
	sed -n 's/^ROUTE([a-z]*, *POST, *"\([^"]*\)".*/\1/p' cgi/routes.def | sed 's|{id}|APP|; s|{assist}|ASSIST|' |
		while read -r path; do
			grep -q "action=\"$path\"" examples/forms.html ||
				[[ $path = */snapshot ]] || echo "forms.html has no form for $path"
		done >>"$scratch/found"
	finish "examples/forms.html has a form for every POST"
}

check_servers() {
	local name
	if [ -x /usr/sbin/lighttpd ]; then
		# Only root may test a configuration that names another user.
		sed '/^server\.\(username\|groupname\)/d' examples/lighttpd.conf >"$scratch/lighttpd.conf"
		/usr/sbin/lighttpd -tt -f "$scratch/lighttpd.conf" >"$scratch/found" 2>&1
		finish "lighttpd understands its example"
	else
		skip "lighttpd's example" "it is not installed"
	fi
	if [ -x /usr/sbin/apache2 ]; then
		{
			for name in mpm_event $(sed -n 's/^#   a2enmod //p' examples/apache.conf); do
				echo "LoadModule ${name}_module /usr/lib/apache2/modules/mod_$name.so"
			done
			printf 'ServerName localhost\nDefaultRuntimeDir %s\nErrorLog /dev/null\nPidFile %s/pid\nListen 80\n' \
				"$scratch" "$scratch"
			printf 'Include %s\n' "$PWD/examples/apache.conf"
		} >"$scratch/apache.conf"
		/usr/sbin/apache2 -t -f "$scratch/apache.conf" 2>&1 | grep -v '^Syntax OK$' >"$scratch/found"
		finish "Apache understands its example"
	else
		skip "Apache's example" "it is not installed"
	fi
	if [ -x /usr/sbin/nginx ]; then
		printf 'pid %s/nginx.pid;\nerror_log stderr;\nevents { }\nhttp {\naccess_log off;\ninclude %s;\n}\n' \
			"$scratch" "$PWD/examples/nginx.conf" >"$scratch/nginx.conf"
		/usr/sbin/nginx -t -q -e stderr -c "$scratch/nginx.conf" >"$scratch/found" 2>&1 ||
			[ -s "$scratch/found" ] || echo "nginx -t failed" >"$scratch/found"
		finish "nginx understands its example"
	else
		skip "nginx's example" "it is not installed"
	fi
}

# ---- no warnings
flags=(-std=gnu11 -D_GNU_SOURCE -DFCGI_NO_STDIO '-DCARREL_VERSION="lint"' -I"$build/gen" -Wall
	-Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wwrite-strings -Werror)
check_compilers() {
	local cc own
	[ -f "$build/gen/query.def" ] || { skip "compilers" "build/gen is not made"; return; }
	files '^(shared|cgi|runner|tests/unit|tests/api)/.*\.c$' >"$scratch/sources"
	# libseccomp's own macros leave fields out; clang alone minds.
	for cc in clang gcc; do
		command -v $cc >/dev/null || { skip $cc "it is not installed"; continue; }
		own=()
		[ $cc = clang ] && own=(-Wno-missing-field-initializers)
		xargs -P 2 -n 12 $cc -fsyntax-only "${flags[@]}" "${own[@]}" <"$scratch/sources" 2>&1 |
			grep -E 'error|warning' >"$scratch/found"
		finish "$cc warns of nothing"
	done
}

checks=("$@")
[ $# -eq 0 ] && checks=(layers doors files functions lines banned waits traces shell routes templates
	examples servers compilers)
for check in "${checks[@]}"; do
	"check_$check"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]

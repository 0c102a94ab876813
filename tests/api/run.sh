#!/bin/bash
# The API as plain CGI: builds each *_test.c of this folder against libshared.a and runs it.
#   tests/api/run.sh [PROFILE]     PROFILE: release (default) or asan
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
profile=${1:-${PROFILE:-release}}
build=${CARREL_BUILD:-$PWD/build}
bin=$build/$profile/bin
to=$build/$profile/test-api
flags=(-std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Werror -O1 -g -I "$build/gen")
if [ "$profile" = asan ]; then
	flags+=("-fsanitize=address,undefined")
	# The leak search traces its own process, which the plugins promise not to do; and other
	# calls of the sanitizers are outside of the promise, too.
	export ASAN_OPTIONS=detect_leaks=0 LAB_IS_LOOSE=1
fi

make --no-print-directory PROFILE="$profile" "build/$profile/libshared.a" \
	"build/$profile/bin/describe" "build/$profile/bin/apps.fcgi" \
	"build/$profile/bin/notebooks.fcgi" "build/$profile/bin/files.fcgi" \
	"build/$profile/bin/pages.fcgi" "build/$profile/bin/system.fcgi" >/dev/null || exit 1
mkdir -p "$to"
passed=0 failed=0
for source in tests/api/*_test.c; do
	name=$(basename "$source" .c)
	if ! "${CC:-cc}" "${flags[@]}" -o "$to/$name" "$source" tests/api/lab.c tests/api/fcgi.c \
		"$build/$profile/libshared.a" -lcmocka -lsqlite3 -lsodium -lcjson -lseccomp -lz -lm \
		-lpthread; then
		failed=$((failed + 1))
		continue
	fi
	out=$(CARREL_BIN=$bin CMOCKA_MESSAGE_OUTPUT=TAP timeout 600 "$to/$name" 2>&1)
	rc=$?
	good=$(grep -c '^ok ' <<<"$out")
	passed=$((passed + good))
	if [ $rc -eq 0 ]; then
		echo "ok     $name ($good)"
	else
		echo "FAILED $name"
		tail -n 60 <<<"$out"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]

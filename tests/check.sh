#!/bin/bash
# Runs test suites and adds up what they say.
#   tests/check.sh all | unit | asan | api | lint | fuzz | box | web | e2e …
# Each suite ends with a line "N passed, N failed, N skipped"; so does this.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
build=${CARREL_BUILD:-$PWD/build}
suites=("$@")
[ "${1:-all}" = all ] && suites=(lint unit asan fuzz api box web e2e)

make_quietly() {
	make --no-print-directory -j2 "$@" >"$build/make.log" 2>&1 && return 0
	tail -n 30 "$build/make.log"
	echo "0 passed, 1 failed, 0 skipped"
	return 1
}

# cmocka programs, one line a test.
run_units() {
	local profile=$1 passed=0 failed=0 test out rc count
	make_quietly PROFILE="$profile" unit-tests || return 1
	for test in tests/unit/*_test.c; do
		test=$build/$profile/test/$(basename "$test" .c)
		out=$(CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$test" 2>&1)
		rc=$?
		# A test that clears the environment says it in cmocka's own form.
		count=$(grep -cE '^ok |^\[ +OK \]' <<<"$out")
		passed=$((passed + count))
		if [ $rc -ne 0 ]; then
			echo "FAILED ${test##*/}"
			tail -n 40 <<<"$out"
			failed=$((failed + 1))
		else
			echo "ok     ${test##*/} ($count)"
		fi
	done
	echo "$passed passed, $failed failed, 0 skipped"
	[ $failed -eq 0 ]
}

# One target for a short while, from its corpus if it has one.
fuzz_one() {
	local seconds=${FUZZ_SECONDS:-5} name=$1 corpus=$build/fuzz/corpus/$1
	mkdir -p "$corpus"
	[ -d "tests/fuzz/corpus/$name" ] && cp -r "tests/fuzz/corpus/$name/." "$corpus/"
	if timeout $((seconds + 60)) "$build/fuzz/$name" -max_total_time="$seconds" -timeout=5 \
		-rss_limit_mb=1024 -artifact_prefix="$build/fuzz/$name-" "$corpus" \
		>"$build/fuzz/$name.log" 2>&1; then
		echo "ok     $name"
	else
		echo "FAILED $name"$'\n'"$(tail -n 30 "$build/fuzz/$name.log")"
	fi
}

run_fuzz() {
	local names out passed failed
	make_quietly PROFILE=fuzz fuzz-targets || return 1
	export build
	export -f fuzz_one
	names=$(printf '%s\n' tests/fuzz/*_fuzz.c | sed 's|.*/||; s|\.c$||')
	out=$(xargs -P "$(nproc)" -I{} bash -c 'fuzz_one {}' <<<"$names")
	echo "$out"
	passed=$(grep -c '^ok ' <<<"$out")
	# Who said nothing has not passed.
	failed=$(($(wc -l <<<"$names") - passed))
	echo "$passed passed, $failed failed, 0 skipped"
	[ "$failed" -eq 0 ]
}

run_suite() {
	case $1 in
	unit) run_units release ;;
	asan) run_units asan ;;
	fuzz) run_fuzz ;;
	lint) tests/lint/run.sh ;;
	api) make_quietly all && tests/api/run.sh ;;
	*) node tests/run.mjs "$1" ;;
	esac
}

total_passed=0 total_failed=0 total_skipped=0
mkdir -p "$build/test-logs"
for suite in "${suites[@]}"; do
	echo "== $suite"
	start=$SECONDS
	run_suite "$suite" 2>&1 | tee "$build/test-logs/$suite.log"
	line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' \
		"$build/test-logs/$suite.log" | tail -n 1)
	# A suite that says nothing has failed.
	[ -n "$line" ] || line="0 passed, 1 failed, 0 skipped"
	read -r passed _ failed _ skipped _ <<<"$line"
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_skipped=$((total_skipped + ${skipped:-0}))
	echo "-- $suite took $((SECONDS - start)) s"
done
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ $total_failed -eq 0 ]

#!/bin/bash
# The full sizes of what `make check` tests in small, and the figures that take long.
#   tests/soak.sh [storm | kills | figures …]
# CARREL_SEED and CARREL_POINTS (200) are of the kills.  Ends with "N passed, N failed,
# N skipped", as a suite does.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
export CARREL_BUILD=${CARREL_BUILD:-$PWD/build} CARREL_WEB=${CARREL_WEB:-lighttpd}
parts=("$@")
[ $# -gt 0 ] || parts=(storm kills figures)
total_passed=0 total_failed=0 total_skipped=0

add() {
	local line passed failed skipped
	line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' <<<"$1" | tail -n 1)
	read -r passed _ failed _ skipped _ <<<"${line:-0 passed, 1 failed, 0 skipped}"
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_skipped=$((total_skipped + skipped))
}

run() {
	local out
	out=$("$@" 2>&1 | tee /dev/stderr)
	add "$out"
}

for part in "${parts[@]}"; do
	echo "== $part"
	start=$SECONDS
	case $part in
	storm) CARREL_STORM=1000 CARREL_TEST_MINUTES=60 run node tests/run.mjs web --only=storm ;;
	kills)
		CARREL_POINTS=${CARREL_POINTS:-200} CARREL_TEST_MINUTES=120 \
			run node tests/run.mjs web --only=havoc
		;;
	figures)
		if tests/bench/run.sh storm sleeping awake; then
			total_passed=$((total_passed + 1))
		else
			total_failed=$((total_failed + 1))
		fi
		;;
	*)
		echo "There is no part called $part; there are storm, kills and figures." >&2
		exit 2
		;;
	esac
	echo "-- $part took $((SECONDS - start)) s"
done
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
[ $total_failed -eq 0 ]

#!/bin/bash
# The figures of Carrel on this machine: `make bench`, or
#   tests/bench/run.sh [NAME…]    only these; the names are in run.mjs
# Ends with an error only where something could not be measured, never for a slow figure.
set -euo pipefail
cd "$(dirname "$0")/../.." || exit 1
export CARREL_BUILD=${CARREL_BUILD:-$PWD/build}

for program in node wrk sqlite3 cc; do
	command -v "$program" >/dev/null || {
		runner/setup/packages.sh check
		break
	}
done
exec node tests/bench/run.mjs "$@"

#!/bin/bash
# A walk through the API with curl: builds an app, changes it, goes back, takes it home.
#   examples/api.sh [URL]        CARREL_KEY: an API key, where the Carrel wants one
set -euo pipefail
url=${1:-http://localhost:8080}
key=(${CARREL_KEY:+-H "X-API-Key: $CARREL_KEY"})

# ask METHOD PATH [JSON] [HEADER]: prints the answer; fails on an error, showing it.
ask() {
	local body=()
	# lighttpd wants a length of every POST, and curl gives one only to a body.
	[ "$1" = POST ] && body=(-H 'Content-Length: 0')
	[ -n "${3:-}" ] && body=(-H 'Content-Type: application/json' --data "$3")
	[ -n "${4:-}" ] && body+=(-H "$4")
	curl --silent --show-error --fail-with-body --max-time 200 \
		"${key[@]}" "${body[@]}" -X "$1" "$url$2"
	echo
}

# field NAME: one text or number out of flat JSON.
field() {
	sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}

echo "-- is it well?"
ask GET /health

echo "-- build an app; with an Idempotency-Key, asking twice builds it once"
once=$(date +%s%N)
app=$(ask POST /api/create '{"prompt":"A counter with a big number"}' "Idempotency-Key: $once" |
	field app_id)
again=$(ask POST /api/create '{"prompt":"A counter with a big number"}' "Idempotency-Key: $once" |
	field app_id)
[ "$app" = "$again" ]
echo "$app"

echo "-- follow the work until it is done (server-sent events)"
curl --silent --no-buffer --max-time 200 "${key[@]}" "$url/api/app/$app/events" |
	grep --line-buffered -A1 -E '^event: (phase|version|error|done)' || true

echo "-- change it; the answer comes when the change is live"
ask POST "/api/app/$app/write" '{"text":"Make it green"}'

echo "-- its versions, and back to the first"
ask GET "/api/app/$app/versions"
ask POST "/api/app/$app/restore" '{"version":1}'

echo "-- its title, its source, what was said"
ask PATCH "/api/app/$app" '{"title":"My counter"}'
ask GET "/api/app/$app/source?version=1" | cut -c1-200
ask GET "/api/app/$app/history"
ask GET "/api/app/$app/status"

echo "-- take it home: a Vite project that builds with npm"
curl --silent --show-error --fail "${key[@]}" "$url/api/app/$app/export" | tar -tz

echo "-- a copy, then both go"
copy=$(ask POST "/api/app/$app/duplicate" | field app_id)
ask DELETE "/api/app/$copy"
ask DELETE "/api/app/$app"

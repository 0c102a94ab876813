# Turns sql files into C tables: -v kind=query gives QUERY(name, "text") per "-- name:" header,
# -v kind=move gives MOVE(number, "text") per file.
function flush() {
	if (name != "")
		printf "%s(%s, \"%s\")\n", toupper(kind), name, text
	text = ""
}
FNR == 1 && kind == "move" {
	flush()
	n = split(FILENAME, part, "/")
	name = part[n]
	sub(/_.*/, "", name)
	sub(/^0+/, "", name)
}
kind == "query" && /^-- name: / { flush(); name = $3; next }
{
	if (kind == "query")
		sub(/^--.*/, "")
	gsub(/\\/, "\\\\\\\\")
	gsub(/"/, "\\\"")
	if ($0 != "")
		text = text $0 "\\n\" \\\n    \""
}
END { flush() }

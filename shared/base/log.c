#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#define LINE_BYTES 2000
#define LINES_PER_SECOND 20

static const char *program_name = "carrel";
static bool is_verbose_, is_json_;
static _Thread_local struct log_about about;

void
log_open(const char *program, bool is_verbose)
{
	const char *form = getenv("CARREL_LOG");

	program_name = program;
	is_verbose_ = is_verbose;
	is_json_ |= form && strcmp(form, "json") == 0;
}

void
log_json(bool is_json)
{
	is_json_ = is_json;
}

void
log_request(const char *id)
{
	snprintf(about.request, sizeof(about.request), "%s", id);
}

const char *
log_request_id(void)
{
	return about.request;
}

void
log_workspace(const char *id)
{
	snprintf(about.workspace, sizeof(about.workspace), "%s", id);
}

struct log_about
log_about(const char *workspace, const char *request)
{
	struct log_about before = about;

	log_workspace(workspace ? workspace : "");
	log_request(request ? request : "");
	return before;
}

void
log_about_end(struct log_about *before)
{
	about = *before;
}

bool
log_is_request_id(const char *id, size_t n)
{
	if (n < 8 || n >= LOG_ID_SIZE)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((id[i] | 32) >= 'a' && (id[i] | 32) <= 'z') &&
		    !(id[i] >= '0' && id[i] <= '9') && id[i] != '-' && id[i] != '_')
			return false;
	return true;
}

/* How many bytes the character at p has; 0 where it is no UTF-8 that may stand in a line. */
static int
character(const unsigned char *p)
{
	int n = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;

	for (int i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (*p < 32 || *p == 127 || (*p == 0xc2 && p[1] < 0xa0) ||	/* control characters */
	    (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

/* Escapes text into out (NUL-terminated, always fits); what is no printable UTF-8 becomes
 * \xNN for each byte, in JSON \u00NN. */
static void
escape(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p && n + 7 < size;) {
		int bytes = character(p);

		if (*p == '"' || *p == '\\') {
			out[n++] = '\\', out[n++] = (char)*p++;
		} else if (*p == '\n') {
			out[n++] = '\\', out[n++] = 'n';
			p++;
		} else if (!bytes) {
			n += (size_t)snprintf(out + n, size - n, is_json_ ? "\\u00%02x" : "\\x%02x", *p++);
		} else {
			while (bytes--)
				out[n++] = (char)*p++;
		}
	}
	out[n] = '\0';
}

/* The line; its length. */
static int
form_line(char *out, size_t size, const char *level, const char *at, int line, const char *safe,
    bool is_last)
{
	const char *r = about.request, *w = about.workspace;
	int64_t now = clock_wall_ms();
	char ts[21];

	clock_iso(now, ts);
	if (is_json_)
		return snprintf(out, size, "{\"ts\":\"%.19s.%03dZ\",\"level\":\"%s\",\"prog\":\"%s\""
		    "%s%s%s%s%s%s,\"at\":\"%s:%d\",\"msg\":\"%s\"%s}\n", ts, (int)(now % 1000), level,
		    program_name, *r ? ",\"req\":\"" : "", r, *r ? "\"" : "", *w ? ",\"ws\":\"" : "", w,
		    *w ? "\"" : "", at, line, safe, is_last ? ",\"more\":\"dropped\"" : "");
	return snprintf(out, size, "ts=%.19s.%03dZ level=%s prog=%s%s%s%s%s at=%s:%d msg=\"%s\"%s\n",
	    ts, (int)(now % 1000), level, program_name, *r ? " req=" : "", r, *w ? " ws=" : "", w,
	    at, line, safe, is_last ? " more=dropped" : "");
}

void
log_line(struct log_site *site, enum log_level level, const char *file, int line,
    const char *fmt, ...)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	char text[LINE_BYTES], safe[LINE_BYTES], all[LINE_BYTES + 400];
	int64_t second = clock_wall_ms() / 1000;
	const char *slash = strrchr(file, '/');
	va_list ap;
	int n;

	if (level == LOG_LEVEL_DEBUG && !is_verbose_)
		return;
	if (site->second != second) {
		site->second = second;
		site->count = 0;
	}
	if (++site->count > LINES_PER_SECOND)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	escape(text, safe, sizeof(safe));
	n = form_line(all, sizeof(all), levels[level], slash ? slash + 1 : file, line, safe,
	    site->count == LINES_PER_SECOND);
	if (n > 0 && write(STDERR_FILENO, all, (size_t)n) < 0)
		return;	/* nowhere left to say so */
}

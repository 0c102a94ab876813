#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"

#define LINE_BYTES 2000
#define LINES_PER_SECOND 20

static const char *program_name = "carrel";
static bool is_verbose_;
static _Thread_local char request[40];

void
log_open(const char *program, bool is_verbose)
{
	program_name = program;
	is_verbose_ = is_verbose;
}

void
log_request(const char *id)
{
	snprintf(request, sizeof(request), "%s", id);
}

const char *
log_request_id(void)
{
	return request;
}

/* Escapes text into out (NUL-terminated, always fits); what is no printable UTF-8 lead or
 * continuation byte becomes \xNN. */
static void
escape(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (const unsigned char *p = (const unsigned char *)text; *p && n + 5 < size; p++) {
		if (*p == '"' || *p == '\\')
			out[n++] = '\\', out[n++] = (char)*p;
		else if (*p == '\n')
			out[n++] = '\\', out[n++] = 'n';
		else if (*p < 32 || *p == 127 || *p >= 0xf8 || (*p >= 0x80 && *p < 0xa0 &&
		    (p == (const unsigned char *)text || p[-1] == 0xc2)))
			n += (size_t)snprintf(out + n, size - n, "\\x%02x", *p);
		else
			out[n++] = (char)*p;
	}
	out[n] = '\0';
}

void
log_line(struct log_site *site, enum log_level level, const char *file, int line,
    const char *fmt, ...)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};
	char text[LINE_BYTES], safe[LINE_BYTES], all[LINE_BYTES + 300], ts[21];
	int64_t now = clock_wall_ms();
	const char *slash = strrchr(file, '/');
	va_list ap;
	int n;

	if (level == LOG_LEVEL_DEBUG && !is_verbose_)
		return;
	if (site->second != now / 1000) {
		site->second = now / 1000;
		site->count = 0;
	}
	if (++site->count > LINES_PER_SECOND)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	escape(text, safe, sizeof(safe));
	clock_iso(now, ts);
	n = snprintf(all, sizeof(all), "ts=%.19s.%03dZ level=%s prog=%s%s%s at=%s:%d msg=\"%s\"%s\n",
	    ts, (int)(now % 1000), levels[level], program_name, request[0] ? " req=" : "",
	    request, slash ? slash + 1 : file, line, safe,
	    site->count == LINES_PER_SECOND ? " more=dropped" : "");
	if (n > 0 && write(STDERR_FILENO, all, (size_t)n) < 0)
		return;	/* nowhere left to say so */
}

#ifndef BASE_LOG_H
#define BASE_LOG_H
/*
 * The log: one logfmt line per event on standard error,
 *   ts=… level=… prog=… [req=…] at=file:line msg="…"
 * Control bytes, quotes and invalid UTF-8 are escaped, a line is cut at 2000 bytes, and a
 * call site that logs more than 20 lines a second is silenced for the rest of it (the count
 * follows).  Never log bodies, prompts or keys.
 */
#include <stdbool.h>

struct log_site {
	long second;
	unsigned count;
};

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

#define LOG_AT(level, ...) do { \
	static struct log_site site_; \
	log_line(&site_, level, __FILE__, __LINE__, __VA_ARGS__); \
} while (0)
#define log_error(...) LOG_AT(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) LOG_AT(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) LOG_AT(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) LOG_AT(LOG_LEVEL_DEBUG, __VA_ARGS__)

void log_open(const char *program, bool is_verbose);	/* program: borrowed for ever */
/* The id of the request this thread is serving ("" for none); copied. */
void log_request(const char *id);
const char *log_request_id(void);
void log_line(struct log_site *site, enum log_level level, const char *file, int line,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif

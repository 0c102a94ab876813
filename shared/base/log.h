#ifndef BASE_LOG_H
#define BASE_LOG_H
/*
 * The log: one line per event on standard error, as the setting log has it (CARREL_LOG of the
 * environment): text
 *   ts=… level=… prog=… [req=…] [ws=…] at=file:line msg="…"
 * or json, an object with the same members on each line.  Control bytes, quotes and invalid
 * UTF-8 are escaped, a line is cut at 2000 bytes, and a call site that logs more than 20 lines
 * a second is silenced for the rest of it (the last one says so).  Never log bodies, prompts
 * or keys.
 */
#include <stdbool.h>
#include <stddef.h>

#define LOG_ID_SIZE 65	/* a request's id; that of a workspace is shorter */

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
void log_json(bool is_json);	/* for who reads the settings itself */
/* The id of the request this thread is serving ("" for none); copied. */
void log_request(const char *id);
const char *log_request_id(void);
void log_workspace(const char *id);	/* the same for what it is about */
/* Whether a request id that came from outside may be taken over: 8 to 64 letters, digits, '-'
 * and '_'.  n: of its bytes. */
bool log_is_request_id(const char *id, size_t n);

/* Until the end of the block all lines are about this, afterwards about what they were. */
struct log_about {
	char request[LOG_ID_SIZE], workspace[LOG_ID_SIZE];
};
#define LOG_ABOUT(workspace, request) LOG_ABOUT_AT(__LINE__, workspace, request)
#define LOG_ABOUT_AT(line, workspace, request) LOG_ABOUT_IN(line, workspace, request)
#define LOG_ABOUT_IN(line, workspace, request) \
	__attribute__((cleanup(log_about_end), unused)) struct log_about about_##line = \
	    log_about(workspace, request)
struct log_about log_about(const char *workspace, const char *request);
void log_about_end(struct log_about *before);

void log_line(struct log_site *site, enum log_level level, const char *file, int line,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif

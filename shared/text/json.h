#ifndef TEXT_JSON_H
#define TEXT_JSON_H
/*
 * JSON.  This is the one door to cJSON; include this header instead of it.
 *
 * Reading: json_parse accepts exactly RFC 8259 in UTF-8, and refuses what cJSON would let
 * through: NUL escapes, lone surrogates, bad UTF-8, repeated keys, trailing text, more than
 * JSON_DEPTH levels.  Names are compared exactly (cJSON_GetObjectItem is not: do not use it).
 *
 * Writing: straight into a buf, commas by themselves:
 *	json_open(b, '{'); json_put_text(b, "status", "ok"); json_key(b, "files");
 *	json_open(b, '['); json_text(b, "a"); json_close(b, ']'); json_close(b, '}');
 * The comma is decided by the last byte of the buf, so a value begins where the buf is empty
 * or right behind what these functions wrote.  What is written is always valid: broken UTF-8
 * becomes U+FFFD.
 */
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/buf.h"
#include "../base/err.h"

#define JSON_DEPTH 32
#define JSON_KEYS 256		/* most keys of one object */
#define JSON_VALUES 20000	/* most values in all */

/* INPUT, naming the key where one is repeated.  The caller's, to cJSON_Delete. */
cJSON *json_parse(const char *text, size_t n, struct err *e);
void json_delete_at(cJSON **j);
#define AUTO_JSON __attribute__((cleanup(json_delete_at)))

/* The member of that exact name, or NULL; o may be NULL or no object. */
cJSON *json_get(const cJSON *o, const char *name);
const char *json_get_text(const cJSON *o, const char *name);	/* NULL if it is no text */
const char *json_get_words(const cJSON *o, const char *name);	/* "" if it is no text */
/* fallback where it is absent, no number, no integer, or beyond 2^53. */
int64_t json_get_int(const cJSON *o, const char *name, int64_t fallback);
bool json_get_bool(const cJSON *o, const char *name);	/* false unless it is true */
/* True where j is a number without a fraction, within ±2^53. */
bool json_to_int(const cJSON *j, int64_t *out);

void json_open(struct buf *b, char bracket);	/* '{' or '[' */
void json_close(struct buf *b, char bracket);	/* '}' or ']' */
void json_key(struct buf *b, const char *name);
void json_text(struct buf *b, const char *s);	/* NULL: null */
void json_textn(struct buf *b, const char *s, size_t n);
void json_int(struct buf *b, int64_t v);
void json_bool(struct buf *b, bool v);
void json_raw(struct buf *b, const char *json);	/* a value that is JSON already */
void json_put_text(struct buf *b, const char *name, const char *s);
void json_put_int(struct buf *b, const char *name, int64_t v);
void json_put_bool(struct buf *b, const char *name, bool v);

#endif

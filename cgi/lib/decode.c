#include <string.h>
#include <strings.h>

#include "../../shared/base/num.h"
#include "../../shared/text/form.h"
#include "../../shared/text/json.h"
#include "../../shared/text/multipart.h"
#include "../../shared/text/utf8.h"
#include "decode.h"
#include "image.h"

enum body_type { BODY_JSON, BODY_FORM, BODY_MULTIPART, BODY_OTHER };

static enum body_type
body_type(const struct req *r)
{
	static const struct {
		const char *name;
		enum body_type type;
	} types[] = {
		{"application/json", BODY_JSON},
		{"application/x-www-form-urlencoded", BODY_FORM},
		{"multipart/form-data", BODY_MULTIPART},
	};
	const char *given = req_header(r, "CONTENT_TYPE");

	for (size_t i = 0; given && i < COUNT(types); i++) {
		size_t n = strlen(types[i].name);

		if (strncasecmp(given, types[i].name, n) == 0 && strchr("; \t", given[n]))
			return types[i].type;
	}
	return BODY_OTHER;
}

bool
decode_is_form(const struct req *r)
{
	const char *given = req_header(r, "CONTENT_TYPE");

	return body_type(r) == BODY_FORM || body_type(r) == BODY_MULTIPART || !given || !*given;
}

static int
read_body(struct req *r, struct err *e)
{
	size_t max = r->route->flags & BIG ? BODY_BIG_BYTES : BODY_BYTES, got;
	const char *length = req_header(r, "CONTENT_LENGTH");
	uint64_t announced = 0;

	if (length && *length && !num_u64(length, UINT64_MAX / 2, &announced))
		return err_set(e, ERR_INPUT, "The Content-Length is no number.");
	buf_free(&r->body);
	buf_init(&r->body, max);
	if (announced <= max)
		do {
			size_t room = announced ? (size_t)announced - r->body.len : 8192;
			char *to = buf_room(&r->body, room);

			if (!to || room == 0)
				break;
			got = conn_read(r->conn, to, room);
			buf_grew(&r->body, got);
		} while (got > 0);
	if (announced > max || r->body.is_over)
		return err_set(e, ERR_LIMIT, "The body is larger than %zu KB.", max >> 10);
	if (r->body.len < announced)
		return err_set(e, ERR_INPUT, "The body ended too early.");
	return 0;
}

/* The field of that name and its value, not yet given; NULL and an error otherwise. */
static const struct field *
claim(struct req *r, const char *name, struct value **v, struct err *e)
{
	const struct field *f = r->endpoint->fields;

	for (int i = 0; f && f[i].name; i++) {
		if (strcmp(f[i].name, name) != 0)
			continue;
		*v = &r->values[i];
		if (!(*v)->is_set)
			return &f[i];
		err_field(e, ERR_INPUT, name, "The field %s is given twice.", name);
		return NULL;
	}
	err_field(e, ERR_INPUT, name, "There is no field %.40s here.", name);
	return NULL;
}

static bool
is_blank(const char *s)
{
	return s[strspn(s, " \t\r\n\v\f")] == '\0';
}

static int
take_text(const struct field *f, struct value *v, const char *s, size_t n, struct err *e)
{
	size_t count;

	if (!utf8_is_text(s, n))
		return err_field(e, ERR_INPUT, f->name, "The field %s is not valid text.", f->name);
	if (f->min > 0 && is_blank(s))
		return err_field(e, ERR_INPUT, f->name, "The field %s is empty.", f->name);
	count = utf8_count(s);
	if ((int64_t)count > f->max)
		return err_field(e, ERR_LIMIT, f->name, "The field %s is longer than %lld characters.",
		    f->name, (long long)f->max);
	if ((int64_t)count < f->min)
		return err_field(e, ERR_INPUT, f->name, "The field %s is shorter than %lld characters.",
		    f->name, (long long)f->min);
	*v = (struct value){.is_set = true, .text = s, .len = n};
	return 0;
}

/* n: NULL where it was no number. */
static int
take_number(const struct field *f, struct value *v, const int64_t *n, struct err *e)
{
	if (!n)
		return err_field(e, ERR_INPUT, f->name, "The field %s must be a whole number.",
		    f->name);
	if (*n < f->min || *n > f->max)
		return err_field(e, ERR_INPUT, f->name, "The field %s must be from %lld to %lld.",
		    f->name, (long long)f->min, (long long)f->max);
	*v = (struct value){.is_set = true, .number = *n};
	return 0;
}

/* Whatever becomes of the request, the page that tells of it can give a long text back. */
static void
keep_typed(struct req *r, const struct field *f, const char *s, size_t n)
{
	if (r->is_form && !f->is_secret && utf8_is_text(s, n) &&
	    (!r->typed || n > strlen(r->typed)))
		r->typed = s;
}

/* What a form or a query gives: text whatever the field's type. */
static int
take_words(struct req *r, const struct field *f, struct value *v, const char *s, size_t n,
    struct err *e)
{
	int64_t number = 0;
	bool is_number;
	char *plain;
	size_t len = 0;

	switch (f->type) {
	case FIELD_NUMBER:
		is_number = strlen(s) == n && num_int(s, INT64_MIN, INT64_MAX, &number);
		return take_number(f, v, is_number ? &number : NULL, e);
	case FIELD_IMAGE:
		if (n > 0)
			return err_field(e, ERR_INPUT, f->name, "The field %s must be a file.", f->name);
		return 0;
	case FIELD_TEXT:
	case FIELD_FILE:
		break;
	}
	if (n == 0 && !f->is_must)
		return 0;
	/* Browsers send CR LF for what the person typed as a line end. */
	plain = arena_new(&r->arena, n + 1);
	for (size_t i = 0; i < n; i++)
		if (s[i] != '\r' || i + 1 == n || s[i + 1] != '\n')
			plain[len++] = s[i];
	keep_typed(r, f, plain, len);
	return take_text(f, v, plain, len, e);
}

static int
take_json(struct req *r, const struct field *f, struct value *v, const cJSON *j,
    struct err *e)
{
	int64_t n;

	if (cJSON_IsNull(j) && !f->is_must)
		return 0;
	if (f->type == FIELD_NUMBER)
		return take_number(f, v, json_to_int(j, &n) ? &n : NULL, e);
	if (!cJSON_IsString(j))
		return err_field(e, ERR_INPUT, f->name, "The field %s must be text.", f->name);
	if (f->type == FIELD_IMAGE)
		return image_from_address(f, v, j->valuestring, &r->arena, e);
	return take_text(f, v, j->valuestring, strlen(j->valuestring), e);
}

static int
decode_json(struct req *r, struct err *e)
{
	const struct field *f;
	struct value *v;
	const cJSON *member;

	r->json = json_parse(r->body.at, r->body.len, e);
	if (!r->json)
		return -1;
	if (!cJSON_IsObject(r->json))
		return err_set(e, ERR_INPUT, "The JSON must be an object.");
	cJSON_ArrayForEach(member, r->json)
		if (!(f = claim(r, member->string, &v, e)) || take_json(r, f, v, member, e) < 0)
			return -1;
	return 0;
}

static int
decode_pairs(struct req *r, const char *text, size_t n, struct err *e)
{
	bool is_loose = r->route->method == GET && r->route->flags & PAGE;
	struct form_pair *pairs;
	int count = form_parse(text, n, &r->arena, &pairs, e);

	for (int i = 0; i < count; i++) {
		struct value *v = NULL;
		const struct field *f = claim(r, pairs[i].name, &v, e);

		if (!f && !v && is_loose)	/* unknown, rather than given twice */
			continue;
		if (!f || take_words(r, f, v, pairs[i].value, pairs[i].len, e) < 0)
			return -1;
	}
	return count < 0 ? -1 : 0;
}

static int
decode_multipart(struct req *r, struct err *e)
{
	struct multipart_part *parts;
	int count = multipart_parse(req_header(r, "CONTENT_TYPE"), r->body.at, r->body.len,
	    &r->arena, &parts, e);

	for (int i = 0; i < count; i++) {
		const struct multipart_part *p = &parts[i];
		struct value *v;
		const struct field *f = claim(r, p->name, &v, e);
		int rc;

		if (!f)
			return -1;
		if (f->type == FIELD_IMAGE && p->len > 0)
			rc = image_from_bytes(f, v, p->bytes, p->len, e);
		else
			rc = take_words(r, f, v, arena_dupn(&r->arena, p->bytes, p->len), p->len, e);
		if (rc < 0)
			return -1;
	}
	return count < 0 ? -1 : 0;
}

static int
decode_body(struct req *r, struct err *e)
{
	if (read_body(r, e) < 0)
		return -1;
	/* Nothing sent is a form with no field; JSON, though, has no such thing. */
	if (r->body.len == 0 && body_type(r) != BODY_JSON)
		return 0;
	if (r->body.len == 0 && (!r->endpoint->fields || !r->endpoint->fields[0].is_must))
		return 0;
	switch (body_type(r)) {
	case BODY_JSON:
		return decode_json(r, e);
	case BODY_FORM:
		return decode_pairs(r, r->body.at, r->body.len, e);
	case BODY_MULTIPART:
		return decode_multipart(r, e);
	case BODY_OTHER:
		break;
	}
	return err_set(e, ERR_TYPE, "The body must be application/json or a form.");
}

static int
check_given(struct req *r, struct err *e)
{
	const struct field *f = r->endpoint->fields;

	for (int i = 0; f && f[i].name; i++)
		if (f[i].is_must && !r->values[i].is_set)
			return err_field(e, ERR_INPUT, f[i].name, "The field %s is missing.", f[i].name);
	return 0;
}

int
decode_input(struct req *r, struct err *e)
{
	const struct field *f = r->endpoint->fields;
	size_t n = 0;

	while (f && f[n].name)
		n++;
	r->values = arena_new(&r->arena, (n + 1) * sizeof(*r->values));
	if (r->route->method == GET || r->route->method == DELETE)
		if (decode_pairs(r, r->query, strlen(r->query), e) < 0)
			return -1;
	if (r->route->method != GET) {
		if (*r->query && r->route->method != DELETE)
			return err_set(e, ERR_INPUT, "Fields belong into the body, not behind a "
			    "question mark.");
		if (r->route->flags & RAW)
			return 0;
		if (decode_body(r, e) < 0)
			return -1;
	}
	return check_given(r, e);
}

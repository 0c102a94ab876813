#ifndef CGI_DESCRIBE_H
#define CGI_DESCRIBE_H
/*
 * The descriptions of the API, made from routes.def and the tables of the endpoints.  A
 * build-time program: it links every plugin's endpoints and runs none.
 */
#include "../../shared/text/json.h"
#include "../lib/route.h"

#define DESCRIBE_BYTES (4u << 20)

void describe_openapi(struct buf *b);
void describe_docs(struct buf *b);

/* A schema that the example satisfies, and replies like it. */
void schema_of_example(struct buf *b, const char *example);
/* The schema of an endpoint's body.  Pictures are addresses in JSON, files where a body can
 * have some, and else left out. */
void schema_of_fields(struct buf *b, const struct field *fields, bool is_json, bool has_files);
void schema_of_field(struct buf *b, const struct field *f, bool is_json);

/* A name for the route that no other has: "apps_rename", "apps_rename_post". */
void route_unique_name(const struct route *r, char *out, size_t size);
bool route_has_id(const struct route *r);
/* The name of the path's hole other than {id}; false: it has none. */
bool route_part_name(const struct route *r, char *out, size_t size);
/* Errors that a route can answer whatever its endpoint does; ends with status 0. */
const struct reply_doc *route_errors(const struct route *r);

#endif

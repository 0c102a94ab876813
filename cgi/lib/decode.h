#ifndef CGI_DECODE_H
#define CGI_DECODE_H
/*
 * From the body or the query to the values of the endpoint's fields.
 */
#include "req.h"

#define BODY_BYTES (256u << 10)
#define BODY_BIG_BYTES (7u << 20)

/* Reads and decodes all input of the request.  INPUT, LIMIT or TYPE, naming the field. */
int decode_input(struct req *r, struct err *e);
/* True where the type of the body is that of an HTML form (or there is none). */
bool decode_is_form(const struct req *r);

#endif

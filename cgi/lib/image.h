#ifndef CGI_IMAGE_H
#define CGI_IMAGE_H
/*
 * Pictures that come with a prompt: PNG, JPEG, WebP and GIF, known by their first bytes
 * (what the sender calls them does not count).
 */
#include "req.h"

int image_from_bytes(const struct field *f, struct value *v, const void *bytes, size_t n,
    struct err *e);
/* "data:image/png;base64,…", as JSON has it. */
int image_from_address(const struct field *f, struct value *v, const char *address,
    struct arena *a, struct err *e);

#endif

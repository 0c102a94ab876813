#ifndef CGI_APPS_STOP_H
#define CGI_APPS_STOP_H
/* Stopping apps, within a transaction; job becomes what was running, or stays "". */
#include "apps.h"

int stop_app(struct req *r, const char *id, char job[ID_SIZE], int64_t now, struct err *e);

#endif

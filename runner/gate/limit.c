#include "gate.h"

const struct limit_row limit_rows[LIMITS] = {
#define LIMIT LIMIT_ROW
#include "limit.def"
#undef LIMIT
};

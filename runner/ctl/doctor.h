#ifndef CTL_DOCTOR_H
#define CTL_DOCTOR_H
/* Examinations of the machine (examination.def); each says one line. */
#include "ctl.h"

enum grade { OK, WARN, BAD };

struct finding {
	enum grade grade;
	char text[300];		/* what is, and where it is not well, what to do */
};

struct patient {
	const struct ctl *ctl;
	char build[PATH_MAX];	/* the folder of disposable things, or "" */
};

typedef void examination(const struct patient *p, struct finding *f);
#define EXAMINATION(name, what) examination examine_##name;
#include "examination.def"
#undef EXAMINATION

void finding_set(struct finding *f, enum grade grade, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif

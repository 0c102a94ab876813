/* carrelctl doctor */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "doctor.h"

static const struct {
	const char *what;
	examination *run;
} examinations[] = {
#define EXAMINATION(name, what) {what, examine_##name},
#include "examination.def"
#undef EXAMINATION
};

void
finding_set(struct finding *f, enum grade grade, const char *fmt, ...)
{
	va_list ap;

	f->grade = grade;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

static void
find_build(struct patient *p)
{
	const char *named = getenv("CARREL_BUILD"), *path = named ? named : "build";

	if (!realpath(p->ctl->is_inside ? "/run/carrel/build" : path, p->build))
		p->build[0] = '\0';
}

int
cmd_doctor(struct ctl *c, struct err *e)
{
	static const char *const grades[] = {"ok", "warn", "bad"};
	struct patient p = {.ctl = c};
	int counts[3] = {0};

	(void)e;
	find_build(&p);
	for (size_t i = 0; i < COUNT(examinations); i++) {
		struct finding f = {.grade = BAD};

		examinations[i].run(&p, &f);
		counts[f.grade]++;
		printf("%-4s  %-13s  %s\n", grades[f.grade], examinations[i].what, f.text);
	}
	printf("\n%d ok, %d to think about, %d to be put right\n", counts[OK],
	    counts[WARN], counts[BAD]);
	return counts[BAD] ? 1 : 0;
}

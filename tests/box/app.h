#ifndef BOX_APP_H
#define BOX_APP_H
/* One sandbox under test, from keep's and the gate's side. */
#include "stage.h"

#define MEMORY_MB 512
#define PIDS 256
#define GOOD "export default function LLMComponent() { return <p>hello</p> }\n"
#define BAD "export default function LLMComponent() { return <p>hello</q> }\n"

struct app {
	char id[ID_SIZE];
	int ctl_fd;
	pid_t pid;
};

uint64_t app_tag(void);	/* another one each time */
/* Created, its control connection open; app_open also waits until it is ready. */
void app_create(struct app *a, uint32_t memory_mb, uint32_t pids);
void app_open(struct app *a);
int app_kill(const char *id);		/* the result */
/* Killed, and nothing of it is left. */
void app_close(struct app *a);
int app_stat(const char *id, struct launch_msg *m);
/* Runs a line inside as the workload; its output must hold what is expected. */
void app_inside(const struct app *a, const char *line, const char *expected);
void app_must_apply(const struct app *a, const char *code, const char *expected);
void app_must_get(const struct app *a, const char *path, const char *expected);
void app_kill_node(const struct app *a);

#endif

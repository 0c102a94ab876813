#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "task.h"

struct task {
	struct task *next;
	struct launch_msg m;
	task_run_fn *run;
	task_done_fn *done;
	pid_t pid;		/* 0: waits for an earlier one of its id */
	int fd;			/* its end is written here */
};

static struct {
	struct task *first;	/* in the order they were added */
} tasks;

_Noreturn static void
run_child(const struct task *t, int fd, pid_t parent)
{
	struct task_end end = {0};
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);	/* it died before it could be waited for */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	t->run(&t->m, &end);
	_exit(write(fd, &end, sizeof(end)) == (ssize_t)sizeof(end) ? 0 : 1);
}

static void
start(struct task *t)
{
	pid_t self = getpid();
	int pipe_fd[2];

	if (pipe2(pipe_fd, O_CLOEXEC) < 0)
		BUG("pipe: errno %d", errno);
	t->pid = fork();
	if (t->pid == 0)
		run_child(t, pipe_fd[1], self);
	if (t->pid < 0)
		BUG("fork: errno %d", errno);
	close(pipe_fd[1]);
	t->fd = pipe_fd[0];
}

void
task_add(const struct launch_msg *m, task_run_fn *run, task_done_fn *done)
{
	struct task *t = mem_new(sizeof(*t)), **at = &tasks.first;
	bool must_wait = false;

	*t = (struct task){.m = *m, .run = run, .done = done, .fd = -1};
	for (; *at; at = &(*at)->next)
		must_wait |= strcmp((*at)->m.id, m->id) == 0;
	*at = t;
	if (!must_wait)
		start(t);
}

static void
start_next(const char *id)
{
	for (struct task *t = tasks.first; t; t = t->next)
		if (strcmp(t->m.id, id) == 0) {
			start(t);
			return;
		}
}

bool
task_reaped(pid_t pid)
{
	struct task **at = &tasks.first, *t;
	struct task_end end;

	while ((t = *at) && t->pid != pid)
		at = &t->next;
	if (!t)
		return false;
	*at = t->next;
	if (read(t->fd, &end, sizeof(end)) != (ssize_t)sizeof(end))
		end = (struct task_end){.result = -EIO, .text = "it was killed"};
	end.text[sizeof(end.text) - 1] = '\0';
	close(t->fd);
	start_next(t->m.id);
	t->done(&t->m, &end);
	free(t);
	return true;
}

void
task_failed(struct task_end *end, const struct err *e)
{
	end->result = e->sys ? -e->sys : -EIO;
	snprintf(end->text, sizeof(end->text), "%.199s", e->text);
}

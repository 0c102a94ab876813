/* Examinations of Carrel's parts: what was built, what is installed, what is set. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/mem.h"
#include "../../shared/store/drain.h"
#include "doctor.h"

/* Whether what a program prints holds a text. */
static bool
says(const char *path, const char *a, const char *b, const char *text)
{
	static char out[64 << 10];
	const char *const argv[] = {path, a, b, NULL};
	size_t n = 0;
	ssize_t got;
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		dup2(pipe_fds[1], STDOUT_FILENO);
		dup2(pipe_fds[1], STDERR_FILENO);
		execv(path, (char *const *)(const void *)argv);
		_exit(127);
	}
	close(pipe_fds[1]);
	while (pid > 0 && (got = read(pipe_fds[0], out + n, sizeof(out) - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(pipe_fds[0]);
	return pid > 0 && waitpid(pid, NULL, 0) == pid && strstr(out, text);
}

void
examine_runsc(const struct patient *p, struct finding *f)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/bin/runsc", p->build);
	if (!p->build[0] || access(path, X_OK) < 0)
		finding_set(f, BAD, "not there yet; `make run` gets it");
	else if (!says(path, "help", "checkpoint", "leave-running") ||
	    !says(path, "flags", NULL, "overlay2"))
		finding_set(f, BAD,
		    "%.200s cannot do what is needed; remove it, `make run` gets another",
		    path);
	else
		finding_set(f, OK, "%.200s", path);
}

static void
examine_path(const struct patient *p, const char *name, struct finding *f)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", p->build, name);
	if (!p->build[0] || access(path, F_OK) < 0)
		finding_set(
		    f, BAD, "build/%s is not there yet; `make run` makes it", name);
	else
		finding_set(f, OK, "%.200s", path);
}

void
examine_image(const struct patient *p, struct finding *f)
{
	examine_path(p, "image/vite/current", f);
}

void
examine_pages(const struct patient *p, struct finding *f)
{
	examine_path(p, "www/templates", f);
}

void
examine_server(const struct patient *p, struct finding *f)
{
	const char *web = p->ctl->conf.web;
	const char *path =
	    strcmp(web, "apache") == 0 ? "/usr/sbin/apache2" : "/usr/sbin/lighttpd";

	if (strcmp(web, "none") == 0)
		finding_set(
		    f, OK, "one that you run yourself; examples/ has its configuration");
	else if (strcmp(web, "lighttpd") && strcmp(web, "apache"))
		finding_set(
		    f, BAD, "web must be lighttpd, apache or none, not \"%.40s\"", web);
	else if (access(path, X_OK) < 0)
		finding_set(f, BAD,
		    "%s is not there: apt-get install --no-install-recommends %s", path,
		    strcmp(web, "apache") == 0 ? "apache2-bin" : "lighttpd");
	else
		finding_set(f, OK, "%s", path);
}

/* Binds the address for a moment; 0 or errno, or −1 where it is no address. */
static int
try_bind(const struct conf *c)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *ai;
	AUTO_FD int fd = -1;
	char port[8];
	int on = 1, rc;

	snprintf(port, sizeof(port), "%d", (int)c->port);
	if (getaddrinfo(c->host, port, &hints, &ai))
		return -1;
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	rc = fd < 0 || bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 ? errno : 0;
	freeaddrinfo(ai);
	return rc;
}

void
examine_port(const struct patient *p, struct finding *f)
{
	const struct conf *c = &p->ctl->conf;
	int rc = try_bind(c);

	if (rc < 0)
		finding_set(
		    f, BAD, "%.60s is no address of this machine; set listen", c->listen);
	else if (rc == EADDRINUSE && p->ctl->is_inside)
		finding_set(f, OK, "%.60s, where Carrel is running", c->listen);
	else if (rc == EADDRINUSE && strcmp(c->web, "none"))
		finding_set(f, BAD,
		    "%.60s is taken by another program; set listen (port 0: a free one)",
		    c->listen);
	else if (rc && strcmp(c->web, "none"))
		finding_set(
		    f, BAD, "%.60s cannot be listened at: %s", c->listen, strerror(rc));
	else
		finding_set(f, OK, "%.60s", c->listen);
}

void
examine_model(const struct patient *p, struct finding *f)
{
	const struct conf *c = &p->ctl->conf;
	bool has_anthropic = c->anthropic_api_key[0];
	bool has_openai = c->openai_api_key[0] || c->openai_base_url[0];

	if (strncmp(c->model, "sample", 6) == 0)
		finding_set(f, OK, "built-in samples, as the setting model says");
	else if (strncmp(c->model, "anthropic/", 10) == 0 && !has_anthropic)
		finding_set(f, BAD, "%.60s, but ANTHROPIC_API_KEY is not set", c->model);
	else if (strncmp(c->model, "openai/", 7) == 0 && !has_openai)
		finding_set(f, BAD,
		    "%.60s, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set",
		    c->model);
	else if (c->model[0])
		finding_set(f, OK, "%.60s", c->model);
	else if (has_anthropic || has_openai)
		finding_set(f, OK, "chosen by the key: %s",
		    has_anthropic ? "Anthropic" : "OpenAI");
	else
		finding_set(f, WARN,
		    "none here: built-in samples; set ANTHROPIC_API_KEY, or "
		    "OPENAI_API_KEY "
		    "or OPENAI_BASE_URL");
}

void
examine_carrel(const struct patient *p, struct finding *f)
{
	if (p->ctl->is_inside)
		finding_set(f, OK, "running with %.200s", p->ctl->var);
	else
		finding_set(f, WARN, "not running with %.200s; `make run` starts it",
		    p->ctl->var);
}

void
examine_drain(const struct patient *p, struct finding *f)
{
	char path[PATH_MAX + 16];
	struct drain d;
	struct db *db;

	snprintf(path, sizeof(path), "%s/carrel.db", p->ctl->var);
	db = p->ctl->is_inside || access(path, F_OK) == 0 ?
	    db_open(p->ctl->is_inside ? NULL : path, NULL) : NULL;
	if (db && drain_get(db, &d, NULL) == 1)
		finding_set(f, WARN, "nothing new is started for %lld min, by %.40s; `carrelctl "
		    "resume` ends that", (long long)(clock_wall_ms() - d.since) / 60000, d.by);
	else
		finding_set(f, OK, "things are started");
	db_close(db);
}

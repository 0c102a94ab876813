#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../shared/base/file.h"
#include "../../shared/base/mem.h"
#include "crew.h"

static const struct server {
	const char *name;
	web_print_fn *print;
	const char *package;
	const char *argv[8];
} servers[] = {
	{"lighttpd", web_lighttpd, "lighttpd",
	    {"/usr/sbin/lighttpd", "-D", "-f", RUN "/web.conf"}},
	{"apache", web_apache, "apache2-bin",
	    {"/usr/sbin/apache2", "-DFOREGROUND", "-f", RUN "/web.conf"}},
};

static const struct server *
find_server(const struct conf *c)
{
	for (size_t i = 0; i < COUNT(servers); i++)
		if (strcmp(servers[i].name, c->web) == 0)
			return &servers[i];
	return NULL;
}

int
crew_prepare_server(const struct conf *c, struct err *e)
{
	struct web_place w = {.conf = c, .is_ours = true, .www = RUN "/www"};
	const struct server *s = find_server(c);
	char *text = NULL;
	size_t n = 0;
	FILE *to;
	int result;

	if (conf_is_shared(c))
		return 0;
	if (!s)
		return err_field(e, ERR_INPUT, "web", "web must be lighttpd, apache or none, not \"%s\"",
		    c->web);
	if (access(s->argv[0], X_OK) < 0)
		return err_set(e, ERR_MISSING, "%s is not installed: apt-get install %s", s->name,
		    s->package);
	to = open_memstream(&text, &n);
	if (!to)
		return err_sys(e, "open_memstream");
	s->print(to, &w);
	fclose(to);
	result = file_write(RUN "/web.conf", text, n, 0644, e);
	mem_free_at(&text);
	return result;
}

void
crew_exec_server(const struct conf *c)
{
	const struct server *s = find_server(c);
	const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", "TZ=UTC",
	    NULL};

	if (s)
		execve(s->argv[0], (char *const *)(const void *)s->argv,
		    (char *const *)(const void *)environment);
	dprintf(STDERR_FILENO, "cannot start %s: %s\n", c->web, strerror(errno));
	_exit(127);
}

void
crew_keep_port_capability(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	data[0].permitted = data[0].effective = data[0].inheritable = 1u << CAP_NET_BIND_SERVICE;
	if (syscall(SYS_capset, &head, data) < 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
	    CAP_NET_BIND_SERVICE, 0, 0) < 0)
		_exit(126);
}

bool
crew_model_is_sample(const struct conf *c)
{
	return strncmp(c->model, "sample", 6) == 0;
}

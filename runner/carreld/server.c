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

static int
write_conf(web_print_fn *print, const struct web_place *w, const char *path, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);
	int result;

	if (!to)
		return err_sys(e, "open_memstream");
	print(to, w);
	fclose(to);
	result = file_write(path, text, n, 0644, e);
	mem_free_at(&text);
	return result;
}

static void
exec_server(const char *const *argv)
{
	const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", "TZ=UTC",
	    NULL};

	execve(argv[0], (char *const *)(const void *)argv,
	    (char *const *)(const void *)environment);
	dprintf(STDERR_FILENO, "cannot start %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int
crew_prepare_server(const struct conf *c, struct err *e)
{
	struct web_place w = {.conf = c, .is_ours = true, .www = RUN "/www"};
	const struct server *s = find_server(c);

	if (conf_is_shared(c))
		return 0;
	if (!s)
		return err_field(e, ERR_INPUT, "web", "web must be lighttpd, apache or none, not \"%s\"",
		    c->web);
	if (access(s->argv[0], X_OK) < 0)
		return err_set(e, ERR_MISSING, "%s is not installed: apt-get install %s", s->name,
		    s->package);
	return write_conf(s->print, &w, RUN "/web.conf", e);
}

bool
crew_has_static(void)
{
	return access(servers[0].argv[0], X_OK) == 0;
}

int
crew_prepare_static(struct err *e)
{
	return write_conf(web_static, NULL, RUN "/frozen.conf", e);
}

void
crew_exec_static(void)
{
	static const char *const argv[] = {"/usr/sbin/lighttpd", "-D", "-f", RUN "/frozen.conf",
	    NULL};

	exec_server(argv);
}

void
crew_exec_server(const struct conf *c)
{
	exec_server(find_server(c)->argv);
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

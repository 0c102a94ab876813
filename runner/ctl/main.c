/*
 * carrelctl: looks after a Carrel from outside, as root.  It finds the one whose state folder
 * the setting var names, running or not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/log.h"
#include "../../shared/base/mem.h"
#include "../../shared/wire/enter.h"
#include "ctl.h"

enum needs { NOTHING, STORE, RUNNING };

static const struct command {
	const char *name;
	enum needs needs;
	const char *usage, *doc;
	ctl_command *run;
} commands[] = {
#define COMMAND(name, needs, usage, doc) {#name, needs, usage, doc, cmd_##name},
#include "command.def"
#undef COMMAND
};

static int
say_usage(void)
{
	fprintf(stderr, "usage: carrelctl COMMAND\n\n");
	for (size_t i = 0; i < COUNT(commands); i++) {
		char call[64];

		snprintf(call, sizeof(call), "%s %s", commands[i].name, commands[i].usage);
		fprintf(stderr, "  %-27s  %s\n", call, commands[i].doc);
	}
	fprintf(stderr,
	    "\nID may be the beginning of an id, at least four characters.\n"
	    "The Carrel is the one whose state folder is named by CARREL_VAR or "
	    "carrel.conf.\n");
	return 2;
}

static int
open_store(struct ctl *c, const struct command *command, struct err *e)
{
	char path[PATH_MAX + 16];

	if (command->needs == RUNNING && !c->is_inside)
		return err_set(e, ERR_MISSING, "no Carrel is running with %s", c->var);
	snprintf(path, sizeof(path), "%s/carrel.db", c->var);
	if (!c->is_inside && access(path, F_OK) < 0)
		return err_set(e, ERR_MISSING,
		    "there is no store in %s; is CARREL_VAR or carrel.conf "
		    "the right one?",
		    c->var);
	if (!c->is_inside)
		fprintf(stderr, "(No Carrel is running with %s; this is its store.)\n",
		    c->var);
	c->db = db_open(c->is_inside ? NULL : path, e);
	return c->db ? 0 : -1;
}

static int
prepare(struct ctl *c, const struct command *command, struct err *e)
{
	int inside;

	if (conf_load(&c->conf, e) < 0)
		return -1;
	if (!realpath(c->conf.var, c->var)) {
		if (command->needs != NOTHING)
			return err_sys(e, "var folder %s", c->conf.var);
		snprintf(c->var, sizeof(c->var), "%s", c->conf.var);
		return 0;
	}
	if (geteuid() != 0)
		return command->needs == NOTHING ? 0 :
		    err_set(e, ERR_DENIED, "this must run as root; try again with sudo");
	inside = enter_carrel(c->var, e);
	if (inside < 0)
		return -1;
	c->is_inside = inside;
	return command->needs == NOTHING ? 0 : open_store(c, command, e);
}

/* A file that was named relative to where we started, before enter_carrel goes elsewhere. */
static const char *
absolute(struct ctl *c, const char *path)
{
	char here[PATH_MAX];

	if (path[0] == '/' || path[0] == '-' || !getcwd(here, sizeof(here)))
		return path;
	return arena_fmt(&c->arena, "%s/%s", here, path);
}

static void
take_arguments(struct ctl *c, const struct command *command, int argc, char **argv)
{
	const char **args = arena_new(&c->arena, sizeof(*args) * (size_t)(argc + 1));

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0 && strstr(command->usage, "--json"))
			c->is_json = true;
		else if (strcmp(argv[i], "--sleep") == 0 && strstr(command->usage, "--sleep"))
			c->is_sleep = true;
		else
			args[c->count++] = strstr(command->usage, "FILE")
			    ? absolute(c, argv[i])
			    : argv[i];
	}
	c->args = args;
}

/* Whether there are as many arguments as the usage says. */
static bool
fits(const struct ctl *c, const struct command *command)
{
	const char *u = command->usage;
	int least = strncmp(u, "ID", 2) == 0 || strncmp(u, "FILE", 4) == 0;
	int most = least;

	for (const char *at = u; (at = strchr(at, '[')); at++)
		most += at[1] != '-';
	if (strstr(u, "..."))
		most = INT_MAX;
	if (strstr(u, "--yes"))
		most++;
	return c->count >= least && c->count <= most;
}

int
main(int argc, char **argv)
{
	const struct command *command = NULL;
	struct ctl c = {0};
	struct err e;
	int status;

	log_open("carrelctl", false);
	umask(0077);
	for (size_t i = 0; argc > 1 && i < COUNT(commands); i++)
		if (strcmp(commands[i].name, argv[1]) == 0)
			command = &commands[i];
	if (!command)
		return say_usage();
	take_arguments(&c, command, argc, argv);
	if (!fits(&c, command)) {
		fprintf(stderr, "usage: carrelctl %s %s\n", command->name, command->usage);
		return 2;
	}
	status = prepare(&c, command, &e) < 0 ? -1 : command->run(&c, &e);
	if (status < 0)
		fprintf(stderr, "carrelctl: %s\n", e.text);
	db_close(c.db);
	arena_free(&c.arena);
	return status < 0 ? 1 : status;
}

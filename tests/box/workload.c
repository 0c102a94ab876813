#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "workload.h"

static int
listen_at(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1000) < 0)
		exit(9);
	return fd;
}

static void
read_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
}

void
workload_write(int fd, size_t n)
{
	static char bytes[65536];

	memset(bytes, 'x', sizeof(bytes));
	while (n) {
		ssize_t w = write(fd, bytes, n < sizeof(bytes) ? n : sizeof(bytes));

		if (w <= 0)
			return;
		n -= (size_t)w;
	}
}

static void
serve_app(int fd)
{
	char line[64], bytes[65536];
	size_t total = 0;
	ssize_t n;

	read_line(fd, line, sizeof(line));
	if (strcmp(line, "die") == 0) {
		kill(getppid(), SIGUSR1);
	} else if (strncmp(line, "blast ", 6) == 0) {
		workload_write(fd, strtoul(line + 6, NULL, 10));
	} else if (strncmp(line, "noise ", 6) == 0) {
		workload_write(2, strtoul(line + 6, NULL, 10));
		dprintf(2, "the end\n");
		dprintf(fd, "done\n");
	} else {
		while ((n = read(fd, bytes, sizeof(bytes))) > 0) {
			total += (size_t)n;
			if (line[0] == 'e' && write(fd, bytes, (size_t)n) != n)
				break;
		}
		if (line[0] == 'd')
			dprintf(fd, "%zu\n", total);
	}
	_exit(0);
}

static void
serve_freeze(int fd, const char *base)
{
	uint32_t n = (uint32_t)strlen(base);

	if (strcmp(base, "/die/") == 0) {
		kill(getppid(), SIGKILL);
		_exit(0);
	}
	if (strcmp(base, "/short/") == 0)
		n = 1000;
	if (strcmp(base, "/lie/") == 0)
		n = UINT32_MAX;
	if (strcmp(base, "/long/") == 0)
		n = 2 << 20;
	if (write(fd, &n, sizeof(n)) != sizeof(n))
		return;
	if (strcmp(base, "/long/") == 0)
		workload_write(fd, n);
	else if (write(fd, base, strlen(base)) < 0)
		return;
}

/* Judges by the content of src/judge. */
static void
serve_judge(int fd)
{
	char line[128], path[200], text[32] = "";
	struct stat st;
	int in;

	read_line(fd, line, sizeof(line));
	if (strncmp(line, "freeze ", 7) == 0) {
		serve_freeze(fd, line + 7);
		_exit(0);
	}
	snprintf(path, sizeof(path), "%s/src/judge", line + strlen("apply "));
	in = open(path, O_RDONLY);
	if (in < 0 || fstat(in, &st) < 0 || read(in, text, sizeof(text) - 1) < 0)
		dprintf(fd, "{\"ok\":false,\"error\":{\"message\":\"no file\"}}\n");
	else if (strcmp(text, "long") == 0)
		workload_write(fd, 1 << 20);
	else if (strcmp(text, "die") == 0)
		kill(getppid(), SIGKILL);
	else if (strcmp(text, "silent") == 0)
		pause();
	else if (strcmp(text, "close") == 0)
		close(fd);
	else
		dprintf(fd, "{\"ok\":true,\"text\":\"%s\",\"uid\":%u,\"mode\":%o}\n",
		    text, st.st_uid, st.st_mode & 07777);
	_exit(0);
}

int
workload(void)
{
	struct pollfd p[] = {{.fd = listen_at("/run/vite/app.sock"), .events = POLLIN},
	    {.fd = listen_at("/run/vite/judge.sock"), .events = POLLIN}};

	signal(SIGCHLD, SIG_IGN);
	if (access("/run/vite/crash", F_OK) == 0)
		return 3;
	if (write(3, "ready\n", 6) != 6)
		return 4;
	while (poll(p, 2, -1) > 0)
		for (int i = 0; i < 2; i++) {
			int fd = p[i].revents ? accept(p[i].fd, NULL, NULL) : -1;

			if (fd < 0)
				continue;
			if (fork() == 0) {
				/* Else it would listen on where nobody accepts any more. */
				close(p[0].fd);
				close(p[1].fd);
				i ? serve_judge(fd) : serve_app(fd);
			}
			close(fd);
		}
	return 5;
}

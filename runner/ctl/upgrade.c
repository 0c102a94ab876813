/*
 * carrelctl upgrade: carreld replaces its programs by those that are installed now;
 * where runsc or the guest is another, what is awake sleeps meanwhile.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../shared/base/clock.h"
#include "../../shared/base/file.h"
#include "../../shared/base/num.h"
#include "../../shared/wire/alive.h"
#include "ctl.h"

#define SETTLED_MS 20000	/* beside stop_timeout */

static struct timespec
changed(const char *name)
{
	struct stat st;
	char path[100];

	snprintf(path, sizeof(path), ALIVE_DIR "/%s", name);
	return stat(path, &st) == 0 ? st.st_ctim : (struct timespec){0};
}

int
cmd_upgrade(struct ctl *c, struct err *e)
{
	int64_t pid, since = clock_boot_ms();
	int64_t limit_ms = c->conf.stop_timeout * 1000 + SETTLED_MS;
	struct timespec before = changed("upgraded");
	AUTO_BUF struct buf text = {0};

	buf_init(&text, 32);
	if (file_read("/run/carrel/var/carreld.pid", &text, e) < 0)
		return -1;
	text.at[strcspn(text.at, "\n")] = '\0';
	if (!num_int(text.at, 1, INT_MAX, &pid))
		return err_set(e, ERR_BUSY, "Carrel is just starting; try again");
	if (kill((pid_t)pid, SIGHUP) < 0)
		return err_sys(e, "tell carreld (process %d)", (int)pid);
	while (clock_boot_ms() - since < limit_ms) {
		struct timespec now = changed("upgraded");

		if (now.tv_sec != before.tv_sec || now.tv_nsec != before.tv_nsec) {
			printf("Carrel runs anew, after %.1f s.\n",
			    (double)(clock_boot_ms() - since) / 1000);
			return 0;
		}
		poll(NULL, 0, 20);
	}
	return err_set(e, ERR_TIMEOUT, "it was not done after %lld s; carrelctl logs says why",
	    (long long)limit_ms / 1000);
}

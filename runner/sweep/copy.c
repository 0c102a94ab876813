/* Copies of files that are mostly holes. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../shared/base/mem.h"
#include "sweep.h"

static int
copy_part(int from, int to, off_t at, off_t end)
{
	ssize_t n;

	if (lseek(to, at, SEEK_SET) < 0)
		return -1;
	while (at < end) {
		n = sendfile(to, from, &at, (size_t)(end - at));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
	}
	return 0;
}

static int
copy_bytes(int from, int to, off_t size)
{
	off_t at = 0, end;

	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	if (ftruncate(to, size) < 0)
		return -1;
	while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		if (end < 0 || copy_part(from, to, at, end) < 0)
			return -1;
		at = end;
	}
	return errno == ENXIO ? 0 : -1;		/* nothing but a hole is left */
}

int
sweep_copy(const char *path, const char *to_path, struct err *e)
{
	AUTO_FD int from = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), to = -1;
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return err_sys(e, "open %s", path);
	unlink(to_path);
	to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return err_sys(e, "make %s", to_path);
	/* The time tells a copy that is up to date. */
	if (copy_bytes(from, to, st.st_size) == 0 &&
	    futimens(to, (struct timespec[]){st.st_mtim, st.st_mtim}) == 0 && fsync(to) == 0)
		return 0;
	err_sys(e, "copy %s", path);
	unlink(to_path);
	return -1;
}

int
sweep_run(const char *const argv[])
{
	const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int null_fd = open("/dev/null", O_RDWR);

		dup2(null_fd, 0);
		dup2(null_fd, 1);
		dup2(null_fd, 2);
		execve(argv[0], (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/*
 * PID 1 of the boot agent. Mounts the kernel's file systems, loads a driver for every device, starts
 * the agent, reaps orphans, and restarts the machine when the agent dies. Static, because Bun cannot
 * be PID 1: it aborts without /proc and reaps nothing.
 *
 * Words on the kernel command line (the first may be the kernel's own name):
 *   assay.restart   start the agent again after its death, at most max_restarts times
 *   assay.debug     a shell on the last console
 */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

enum {
	max_restarts = 5,
	restart_delay_ms = 2000,
	reboot_delay_ms = 10000,
	max_shells = 100,
	/* A driver that hangs on broken hardware must not keep the agent from reporting it. */
	modprobe_limit_ms = 30000,
	max_scans = 8,
	/* Devices count as settled when all drivers are loaded and the kernel is quiet this long. */
	settle_quiet_ms = 400,
	settle_limit_ms = 60000,
};

static const char agent_path[] = "/bin/assay-agent";
/* In the last layer: when it is missing, the kernel ran out of memory while unpacking. */
static const char last_file_path[] = "/etc/assay/site.json";
static const char settled_path[] = "/run/assay/devices-settled";

static char *const environment[] = {
	"PATH=/bin:/sbin:/usr/bin:/usr/sbin",
	"HOME=/",
	"TERM=linux",
	"TMPDIR=/tmp",
	"CBOR_NATIVE_ACCELERATION_DISABLED=true",
	NULL,
};

double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void say(const char *format, ...)
{
	char line[512];
	va_list arguments;
	int used = snprintf(line, sizeof line, "assay-init: %.3f ", now_seconds());

	va_start(arguments, format);
	vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
	va_end(arguments);
	dprintf(STDOUT_FILENO, "%s\n", line);
}

static void restart_machine(void)
{
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void pause_ms(int ms)
{
	struct timespec rest = { ms / 1000, (ms % 1000) * 1000000L };

	while (nanosleep(&rest, &rest) != 0 && errno == EINTR) {
	}
}

/* --- file systems and console ---------------------------------------------------------------- */

static void mount_at(const char *type, const char *target, unsigned long flags, const char *data)
{
	mkdir(target, 0755);
	if (mount(type, target, type, flags, data) != 0 && errno != EBUSY)
		say("cannot mount %s on %s: %s", type, target, strerror(errno));
}

/* Some kernels and machines lack these; what needs them reports their absence itself. */
static void mount_if_present(const char *type, const char *target, const char *parent)
{
	if (access(parent, F_OK) == 0)
		mount(type, target, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static void use_console(void)
{
	int console = open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (console < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(console, fd);
	if (console > STDERR_FILENO)
		close(console);
}

static void mount_all(void)
{
	mount_at("devtmpfs", "/dev", MS_NOSUID, "mode=755");
	use_console();
	mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_at("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=620");
	mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=755");
	/* Executable: Bun unpacks native modules here and loads them. */
	mount_at("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
	mkdir("/run/assay", 0755);
	mount_if_present("securityfs", "/sys/kernel/security", "/sys/kernel/security");
}

void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t used = fd < 0 ? 0 : read(fd, text, size - 1);

	text[used > 0 ? used : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static bool on_command_line(const char *wanted)
{
	char text[4096];
	char *rest = NULL;

	read_text("/proc/cmdline", text, sizeof text);
	for (char *word = strtok_r(text, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
		if (strcmp(word, wanted) == 0)
			return true;
	return false;
}

/* --- children -------------------------------------------------------------------------------- */

pid_t start(const char *console, char *const arguments[])
{
	pid_t child = fork();
	sigset_t none;

	if (child != 0) {
		if (child < 0)
			say("cannot fork for %s: %s", arguments[0], strerror(errno));
		return child;
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	int fd = open(console ? console : "/dev/null", console ? O_RDWR : O_RDONLY);
	if (fd >= 0) {
		dup2(fd, STDIN_FILENO);
		if (console) {
			dup2(fd, STDOUT_FILENO);
			dup2(fd, STDERR_FILENO);
			ioctl(fd, TIOCSCTTY, 1);
		}
		if (fd > STDERR_FILENO)
			close(fd);
	}
	execve(arguments[0], arguments, environment);
	say("cannot run %s: %s", arguments[0], strerror(errno));
	_exit(127);
}

bool wait_for(pid_t child, int limit_ms)
{
	double deadline = now_seconds() + limit_ms / 1000.0;
	struct timespec step = { 1, 0 };
	sigset_t children;
	int status;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	while (child > 0 && waitpid(child, &status, WNOHANG) == 0) {
		if (now_seconds() > deadline)
			return false;
		sigtimedwait(&children, NULL, &step);
	}
	return true;
}

/* --- the agent ------------------------------------------------------------------------------- */

/* The agent looks for slow devices (USB, SCSI, ATA) only once this file exists. */
static void tell_settled(void)
{
	int fd = open(settled_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	dprintf(fd, "%.3f\n", now_seconds());
	close(fd);
	say("settled");
}

static pid_t start_agent(void)
{
	char *const arguments[] = { (char *)agent_path, "run", NULL };

	say("agent");
	return start(NULL, arguments);
}

/* The last console named on the command line, as the kernel counts them. */
static pid_t start_shell(void)
{
	static int shells;
	char text[128];
	char path[sizeof text + 5];
	char *const arguments[] = { (char *)BUSYBOX_PATH, "sh", "-l", NULL };

	if (shells++ == max_shells)
		return -1;
	read_text("/sys/class/tty/console/active", text, sizeof text);
	text[strcspn(text, "\n")] = '\0';
	const char *last = strrchr(text, ' ');
	snprintf(path, sizeof path, "/dev/%s", last ? last + 1 : text);
	return start(path, arguments);
}

static void agent_died(int status)
{
	if (WIFSIGNALED(status))
		say("agent was killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		say("agent ended with status %d", WEXITSTATUS(status));
}

/* Returns the new agent, or does not return. */
static pid_t replace_agent(int status)
{
	static int restarts;

	agent_died(status);
	if (!on_command_line("assay.restart") || restarts++ == max_restarts) {
		say("restarting the machine in %d seconds", reboot_delay_ms / 1000);
		pause_ms(reboot_delay_ms);
		restart_machine();
	}
	pause_ms(restart_delay_ms);
	return start_agent();
}

/* A bus driver makes new devices appear, so look until nothing new is found. */
static pid_t load_quick_drivers(void)
{
	pid_t loader = 0;
	int scans = 0;
	int found;

	do {
		found = find_devices();
		loader = load_next(false);
		if (loader > 0 && !wait_for(loader, modprobe_limit_ms)) {
			say("drivers still loading after %d s, going on", modprobe_limit_ms / 1000);
			return loader;
		}
	} while (loader > 0 && ++scans < max_scans);
	say("modules for %d aliases in %d scans", found, scans);
	return 0;
}

static void run(int uevents, pid_t loader)
{
	sigset_t children;
	struct signalfd_siginfo signals;
	double begun = now_seconds();
	bool settled = false;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	struct pollfd sources[] = {
		{ .fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK), .events = POLLIN },
		{ .fd = uevents, .events = POLLIN },
	};
	pid_t agent = start_agent();
	pid_t shell = on_command_line("assay.debug") ? start_shell() : 0;

	for (;;) {
		if (agent < 0)
			agent = replace_agent(0);
		if (loader <= 0 && (loader = load_next(false)) == 0)
			loader = load_next(true);
		int ready = poll(sources, 2, settled ? -1 : settle_quiet_ms);
		bool quiet = ready == 0 && loader == 0;
		bool late = now_seconds() - begun > settle_limit_ms / 1000.0;

		while (read(sources[0].fd, &signals, sizeof signals) > 0) {
		}
		read_uevents(uevents);
		if (!settled && (quiet || late)) {
			tell_settled();
			settled = true;
		}
		int status;
		for (pid_t child; (child = waitpid(-1, &status, WNOHANG)) > 0;) {
			if (child == loader)
				loader = 0;
			else if (child == agent)
				agent = replace_agent(status);
			else if (child == shell)
				shell = start_shell();
		}
	}
}

int main(void)
{
	sigset_t children;

	if (getpid() != 1) {
		fprintf(stderr, "assay-init: wants to be process 1 of an initramfs\n");
		return 2;
	}
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	use_console();
	say("start");
	mount_all();
	sethostname("assay", 5);
	say("mounted");
	if (access(last_file_path, F_OK) != 0)
		say("no %s: too little memory to unpack everything, or no site layer", last_file_path);

	int uevents = open_uevents();
	pid_t loader = load_quick_drivers();
	mount_if_present("efivarfs", "/sys/firmware/efi/efivars", "/sys/firmware/efi/efivars");
	run(uevents, loader);
}

/*
 * Drivers: every device names its kind by a "modalias", modprobe finds the module for it. At the
 * start by walking /sys/devices, later by the kernel's device events.
 */

#define _GNU_SOURCE

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init.h"

enum {
	/* A rack server has a few hundred kinds of devices; each is asked for once. */
	max_aliases = 8192,
	/* That of a CPU lists its features; the kernel writes at most one page. */
	max_alias_size = 4096,
	modprobe_batch = 256,
	/* A driver that hangs on broken hardware must not keep the agent from reporting it. */
	modprobe_limit_ms = 60000,
	max_scans = 8,
	max_depth = 40,
	kobject_uevent_protocol = 15,
};

/* Every alias ever asked for, and how many of them modprobe has been given. */
static char *aliases[max_aliases];
static int alias_count;
static int alias_done;

static void want_alias(const char *alias)
{
	if (alias[0] == '\0' || alias_count == max_aliases)
		return;
	for (int i = 0; i < alias_count; i++)
		if (strcmp(aliases[i], alias) == 0)
			return;
	aliases[alias_count] = strdup(alias);
	if (aliases[alias_count] && ++alias_count == max_aliases)
		say("more than %d kinds of devices, the rest gets no driver", max_aliases);
}

static void load_wanted(void)
{
	char *arguments[modprobe_batch + 5] = { (char *)BUSYBOX_PATH, "modprobe", "-a", "-q" };

	while (alias_done < alias_count) {
		int used = 4;
		while (alias_done < alias_count && used < modprobe_batch + 4)
			arguments[used++] = aliases[alias_done++];
		arguments[used] = NULL;
		if (!wait_for(start(NULL, arguments), modprobe_limit_ms))
			say("drivers still loading after %d seconds, going on", modprobe_limit_ms / 1000);
	}
}

static void scan_folder(int folder, int depth)
{
	DIR *entries = fdopendir(folder);

	if (!entries) {
		close(folder);
		return;
	}
	for (struct dirent *entry; (entry = readdir(entries));) {
		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type == DT_DIR && depth < max_depth) {
			int below = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			if (below >= 0)
				scan_folder(below, depth + 1);
		} else if (strcmp(entry->d_name, "modalias") == 0) {
			char alias[max_alias_size];
			int fd = openat(folder, entry->d_name, O_RDONLY | O_CLOEXEC);
			ssize_t used = fd < 0 ? 0 : read(fd, alias, sizeof alias - 1);
			alias[used > 0 ? used : 0] = '\0';
			alias[strcspn(alias, "\n")] = '\0';
			want_alias(alias);
			if (fd >= 0)
				close(fd);
		}
	}
	closedir(entries);
}

/* Names that no device asks for. */
static void want_listed(void)
{
	static char text[8192];
	char *rest = NULL;

	read_text("/etc/assay/modules", text, sizeof text);
	for (char *name = strtok_r(text, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest))
		want_alias(name);
}

/* A bus driver makes new devices appear, so look until nothing new is found. */
void load_drivers(void)
{
	int scans = 0;

	want_listed();
	while (scans < max_scans) {
		int folder = open("/sys/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (folder >= 0)
			scan_folder(folder, 0);
		scans++;
		if (alias_done == alias_count)
			break;
		load_wanted();
	}
	say("modules for %d aliases in %d scans", alias_count, scans);
}

int open_uevents(void)
{
	struct {
		sa_family_t family;
		unsigned short pad;
		unsigned int pid;
		unsigned int groups;
	} address = { AF_NETLINK, 0, 0, 1 };
	int size = 4 << 20;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, kobject_uevent_protocol);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

void load_for_uevents(int uevents)
{
	static char text[16384];

	/* A message is zero-separated KEY=value strings after a first line. */
	for (ssize_t size; (size = recv(uevents, text, sizeof text - 1, 0)) > 0;) {
		text[size] = '\0';
		for (char *at = text; at < text + size; at += strlen(at) + 1)
			if (strncmp(at, "MODALIAS=", 9) == 0)
				want_alias(at + 9);
	}
	load_wanted();
}

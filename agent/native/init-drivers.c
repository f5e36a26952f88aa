/*
 * Drivers: every device names its kind by a "modalias", modprobe finds the module for it. At the
 * start by walking /sys/devices, later by the kernel's device events.
 */

#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
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
	max_depth = 40,
	kobject_uevent_protocol = 15,
};

/* Every alias ever wanted, in the order they were found. */
static struct {
	char *alias;
	/* A PCI mass storage controller: its driver may take half a minute to scan its buses. */
	bool slow;
	bool asked;
} wanted[max_aliases];
static int wanted_count;

static void want(const char *alias)
{
	if (alias[0] == '\0' || wanted_count == max_aliases)
		return;
	for (int i = 0; i < wanted_count; i++)
		if (strcmp(wanted[i].alias, alias) == 0)
			return;
	wanted[wanted_count].alias = strdup(alias);
	if (!wanted[wanted_count].alias)
		return;
	wanted[wanted_count].slow = strncmp(alias, "pci:", 4) == 0 && strstr(alias, "bc01");
	if (++wanted_count == max_aliases)
		say("more than %d kinds of devices, the rest gets no driver", max_aliases);
}

pid_t load_next(bool slow)
{
	char *arguments[modprobe_batch + 5] = { (char *)BUSYBOX_PATH, "modprobe", "-a", "-q" };
	int used = 4;

	for (int i = 0; i < wanted_count && used < modprobe_batch + 4; i++) {
		if (wanted[i].asked || wanted[i].slow != slow)
			continue;
		wanted[i].asked = true;
		arguments[used++] = wanted[i].alias;
	}
	arguments[used] = NULL;
	return used == 4 ? 0 : start(NULL, arguments);
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
			want(alias);
			if (fd >= 0)
				close(fd);
		}
	}
	closedir(entries);
}

/* Names that no device asks for. */
static void want_listed(void)
{
	char text[4096];
	char *rest = NULL;

	read_text("/etc/assay/modules", text, sizeof text);
	for (char *name = strtok_r(text, "\n", &rest); name; name = strtok_r(NULL, "\n", &rest))
		want(name);
}

int find_devices(void)
{
	int folder = open("/sys/devices", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	want_listed();
	if (folder >= 0)
		scan_folder(folder, 0);
	return wanted_count;
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

void read_uevents(int uevents)
{
	static char text[16384];
	ssize_t size;

	/* A message is zero-separated KEY=value strings after a first line. */
	while ((size = recv(uevents, text, sizeof text - 1, 0)) > 0) {
		text[size] = '\0';
		for (char *at = text; at < text + size; at += strlen(at) + 1)
			if (strncmp(at, "MODALIAS=", 9) == 0)
				want(at + 9);
	}
	/* More events than the socket holds: what was lost is found by looking. */
	if (size < 0 && errno == ENOBUFS)
		find_devices();
}

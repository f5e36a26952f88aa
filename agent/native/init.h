/* What the parts of init (PID 1) share. */

#ifndef ASSAY_INIT_H
#define ASSAY_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define BUSYBOX_PATH "/bin/busybox"

/* Since the kernel started. */
double now_seconds(void);

/* One line a phase, "assay-init: <seconds> <text>"; the boot benchmark reads them. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* The text of a small file of /proc, /sys or /etc, empty when there is none. */
void read_text(const char *path, char *text, size_t size);

/* A child in its own session with clean signals. `console` null: reads nothing, writes here. */
pid_t start(const char *console, char *const arguments[]);

/* False when the child still runs after `limit_ms`. Wants SIGCHLD blocked. */
bool wait_for(pid_t child, int limit_ms);

/* The kernel's device events; -1 when there are none to be had. Open it before find_devices. */
int open_uevents(void);

/* Reads the waiting events and notes what needs a driver. */
void read_uevents(int uevents);

/* Notes what needs a driver, now, and the modules listed in /etc/assay/modules; returns the count. */
int find_devices(void);

/*
 * Starts modprobe for what has been noted and not yet asked for: the mass storage controllers, or
 * everything else. 0: nothing to do. One at a time, or two could load the same dependency.
 */
pid_t load_next(bool slow);

#endif

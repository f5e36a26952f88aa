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

/* The kernel's device events; -1 when there are none to be had. Open it before load_drivers. */
int open_uevents(void);

/* Loads a driver for every device there is, and the modules listed in /etc/assay/modules. */
void load_drivers(void);

/* Loads drivers for devices that appeared since. */
void load_for_uevents(int uevents);

#endif

/*
 * assay-kernels: the measuring loops of Assay's benchmarks in one small static program.
 *
 *   assay-kernels MODE key=value...
 *
 * It prints one JSON object a line: {"sample":...} for every window, then one {"result":...}; or
 * {"error":...} and exit status 1. It runs as a process of its own because a sick machine is just
 * the one that raises SIGILL or SIGBUS: that costs this process and not the agent.
 *
 * Every loop computes something with a known answer, and the result carries a checksum that is
 * equal on all cores and all machines for equal arguments: each measurement is a search for silent
 * data corruption too.
 *
 * One translation unit, so that building it is one command:
 *   musl-gcc -O3 -static -o assay-kernels kernels.c
 */
#define _GNU_SOURCE
#include "kernels/output.h"

#include "kernels/arguments.h"
#include "kernels/isa.h"
#include "kernels/workers.h"

#include "kernels/cpu.h"
#include "kernels/disk.h"
#include "kernels/latency.h"
#include "kernels/triad.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/time.h>

static const struct mode {
    const char *name;
    void (*run)(const struct arguments *arguments);
} modes[] = {
    {"cpu.int", run_cpu_int},           {"cpu.fma", run_cpu_fma},
    {"cpu.clock", run_cpu_clock},       {"memory.triad", run_memory_triad},
    {"memory.latency", run_memory_latency}, {"disk.read", run_disk_read},
};

/* When memory runs out the kernel ends this process and spares the agent. Best effort. */
static void volunteer_for_oom(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "1000", 4) != 4)
        fprintf(stderr, "oom_score_adj stays as it is: %s\n", strerror(errno));
    close(fd);
}

/* SIGALRM ends the process whatever its threads do: time to prepare, then twice the time asked. */
static void set_hard_limit(double seconds)
{
    double limit = 20 + 2 * seconds;
    struct itimerval timer = {.it_value = {.tv_sec = (time_t)limit}};
    signal(SIGALRM, SIG_DFL);
    if (setitimer(ITIMER_REAL, &timer, NULL) != 0)
        fail("setting the time limit of %.0f s failed: %s", limit, strerror(errno));
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    volunteer_for_oom();
    if (argc < 2)
        fail("no mode given: expected MODE key=value...");

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].name) != 0)
            continue;
        static struct arguments arguments;
        parse_arguments(&arguments, modes[i].name, argc - 2, argv + 2);
        set_hard_limit(arguments.seconds);
        modes[i].run(&arguments);
        return 0;
    }
    fail("mode '%s' is not known", argv[1]);
}

/*
 * Pinned threads that measure in windows. A mode is a list of stages; each stage has one metric and
 * a block: a fixed piece of work that ends in a known answer. In a window every thread repeats the
 * block until the time is up, and the window's figure is made of what all threads did.
 */
#ifndef ASSAY_WORKERS_H
#define ASSAY_WORKERS_H

#include "arguments.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define MAX_STAGES (MAX_SIZES + 1)

/* How a window's figure is made of the threads' rates. */
enum reading { READING_SUM, READING_MEAN, READING_SECONDS_PER_UNIT };

struct worker;

struct stage {
    char metric[40];
    enum reading reading;
    uint64_t size; /* bytes, where the stage has a working set */
    void (*begin)(struct worker *worker);  /* NULL: nothing to prepare */
    void (*block)(struct worker *worker);  /* does a piece of work and adds it to `work` */
    void (*finish)(struct worker *worker); /* NULL: nothing to verify afterwards */
};

/* One pinned thread. Aligned so that two never share a cache line (or a pair of them). */
struct worker {
    int cpu;
    struct run *run;
    const struct stage *stage;
    double work, elapsed;             /* in this window */
    double total_work, total_elapsed; /* in this stage */
    uint64_t block_checksum;          /* of this stage; every block must give it again */
    bool has_block_checksum;
    uint64_t checksum; /* over all stages */
    uint64_t mismatches;
    double rates[MAX_STAGES];
    void *state; /* the mode's own */
    pthread_t thread;
} __attribute__((aligned(128)));

enum order { ORDER_BEGIN, ORDER_WINDOW, ORDER_FINISH, ORDER_STOP };

struct run {
    const struct arguments *arguments;
    const struct stage *stages;
    int stage_count;
    void (*prepare)(struct worker *worker); /* NULL, or allocates and first touches, pinned */
    struct worker *workers;
    pthread_barrier_t gate;
    enum order order;
    double window_seconds;
    double started;
    double elapsed; /* measuring, without preparation */
};

/* Every block of a stage must end in the same checksum; each one that does not is counted. */
static void note_checksum(struct worker *worker, uint64_t checksum)
{
    if (!worker->has_block_checksum) {
        worker->block_checksum = checksum;
        worker->has_block_checksum = true;
    } else if (worker->block_checksum != checksum) {
        worker->mismatches++;
    }
}

static void pin_to(int cpu)
{
    unsigned long mask[MAX_CPUS / (8 * sizeof(unsigned long))] = {0};
    const unsigned bits = 8 * sizeof mask[0];
    mask[(unsigned)cpu / bits] = 1ul << (unsigned)cpu % bits;
    if (syscall(SYS_sched_setaffinity, 0, sizeof mask, mask) != 0)
        fail("pinning a thread to CPU %d failed: %s", cpu, strerror(errno));
}

static void run_window(struct worker *worker)
{
    double started = now_seconds(), at = started;
    worker->work = 0;
    do {
        worker->stage->block(worker);
        at = now_seconds();
    } while (at - started < worker->run->window_seconds);
    worker->elapsed = at - started;
}

static void *worker_thread(void *argument)
{
    struct worker *worker = argument;
    struct run *run = worker->run;
    pin_to(worker->cpu);
    if (run->prepare != NULL)
        run->prepare(worker);
    for (;;) {
        pthread_barrier_wait(&run->gate);
        if (run->order == ORDER_STOP)
            return NULL;
        if (run->order == ORDER_BEGIN && worker->stage->begin != NULL)
            worker->stage->begin(worker);
        if (run->order == ORDER_WINDOW)
            run_window(worker);
        if (run->order == ORDER_FINISH && worker->stage->finish != NULL)
            worker->stage->finish(worker);
        pthread_barrier_wait(&run->gate);
    }
}

/* Lets all threads do one thing and waits for them. */
static void give_order(struct run *run, enum order order)
{
    run->order = order;
    pthread_barrier_wait(&run->gate);
    if (order != ORDER_STOP)
        pthread_barrier_wait(&run->gate);
}

/* The figure of the window that has just ended. */
static double read_window(const struct run *run, const struct stage *stage)
{
    int count = run->arguments->cpu_count;
    double rate = 0;
    for (int i = 0; i < count; i++) {
        struct worker *worker = &run->workers[i];
        worker->total_work += worker->work;
        worker->total_elapsed += worker->elapsed;
        rate += worker->work / worker->elapsed;
    }
    switch (stage->reading) {
    case READING_SUM:
        return rate;
    case READING_MEAN:
        return rate / count;
    case READING_SECONDS_PER_UNIT:
        break;
    }
    return count / rate;
}

static void run_stage(struct run *run, int index)
{
    const struct arguments *arguments = run->arguments;
    const struct stage *stage = &run->stages[index];
    for (int i = 0; i < arguments->cpu_count; i++)
        run->workers[i].stage = stage;
    give_order(run, ORDER_BEGIN);
    if (arguments->warmup_seconds > 0) {
        run->window_seconds = arguments->warmup_seconds;
        give_order(run, ORDER_WINDOW);
    }

    double started = now_seconds(), until = started + arguments->seconds / run->stage_count;
    run->window_seconds = arguments->window_seconds;
    do {
        give_order(run, ORDER_WINDOW);
        print_sample(stage->metric, read_window(run, stage), now_seconds() - run->started);
    } while (now_seconds() + arguments->window_seconds / 2 < until);
    run->elapsed += now_seconds() - started;

    give_order(run, ORDER_FINISH);
    for (int i = 0; i < arguments->cpu_count; i++) {
        struct worker *worker = &run->workers[i];
        double rate = worker->total_work / worker->total_elapsed;
        worker->rates[index] = stage->reading == READING_SECONDS_PER_UNIT ? 1 / rate : rate;
        worker->checksum = fold(worker->checksum, worker->block_checksum);
        worker->has_block_checksum = false;
        worker->total_work = worker->total_elapsed = 0;
    }
}

/* The final line. `parameters` is the inside of a JSON object: what the figures depend on. */
static void print_result(const struct run *run, const char *parameters)
{
    int count = run->arguments->cpu_count;
    uint64_t mismatches = 0;
    for (int i = 0; i < count; i++)
        mismatches += run->workers[i].mismatches;
    printf("{\"result\":{\"mode\":\"%s\",\"checksum\":\"%016llx\",\"mismatchCount\":%llu,"
           "\"elapsedSeconds\":%.6f,\"parameters\":{\"threadCount\":%d%s},\"workers\":[",
           run->arguments->mode, (unsigned long long)run->workers[0].checksum,
           (unsigned long long)mismatches, run->elapsed, count, parameters);
    for (int i = 0; i < count; i++) {
        const struct worker *worker = &run->workers[i];
        printf("%s{\"cpu\":%d,\"checksum\":\"%016llx\",\"mismatchCount\":%llu,\"rates\":{",
               i == 0 ? "" : ",", worker->cpu, (unsigned long long)worker->checksum,
               (unsigned long long)worker->mismatches);
        for (int s = 0; s < run->stage_count; s++)
            printf("%s\"%s\":%.9g", s == 0 ? "" : ",", run->stages[s].metric, worker->rates[s]);
        printf("}}");
    }
    printf("]}}\n");
}

static void start_workers(struct run *run)
{
    int count = run->arguments->cpu_count;
    run->workers = aligned_alloc(128, (size_t)count * sizeof(struct worker));
    if (run->workers == NULL || pthread_barrier_init(&run->gate, NULL, (unsigned)count + 1) != 0)
        fail("setting up %d threads failed: %s", count, strerror(errno));
    for (int i = 0; i < count; i++) {
        struct worker *worker = &run->workers[i];
        *worker = (struct worker){.cpu = run->arguments->cpus[i], .run = run};
        int error = pthread_create(&worker->thread, NULL, worker_thread, worker);
        if (error != 0)
            fail("starting thread %d of %d failed: %s", i + 1, count, strerror(error));
    }
}

/* Runs all stages on all CPUs and prints samples; the caller prints the result. */
static void run_stages(struct run *run)
{
    start_workers(run);
    run->started = now_seconds();
    for (int i = 0; i < run->stage_count; i++)
        run_stage(run, i);
    give_order(run, ORDER_STOP);
    for (int i = 0; i < run->arguments->cpu_count; i++)
        pthread_join(run->workers[i].thread, NULL);
}

#define HUGE_PAGE_SIZE ((size_t)2 << 20)

/* Untouched memory on a huge page border; whoever touches a page first gets it on its own node. */
static void *map_memory(size_t size)
{
    size_t whole = size + HUGE_PAGE_SIZE;
    char *at = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        fail("allocating %zu bytes failed: %s", size, strerror(errno));
    madvise(at, whole, MADV_HUGEPAGE);
    return (void *)(((uintptr_t)at + HUGE_PAGE_SIZE - 1) & ~(uintptr_t)(HUGE_PAGE_SIZE - 1));
}

/* The kernel's policy for huge pages: "madvise" or "always" mean that map_memory gets them. */
static const char *huge_page_policy(void)
{
    static char text[64];
    FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r");
    if (file == NULL)
        return "none";
    char *read = fgets(text, sizeof text, file);
    fclose(file);
    char *open = read == NULL ? NULL : strchr(text, '[');
    char *close = open == NULL ? NULL : strchr(open, ']');
    if (close == NULL)
        return "unreadable";
    *close = 0;
    return open + 1;
}

#endif

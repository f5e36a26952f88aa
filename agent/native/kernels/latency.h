/* memory.latency: a chase through a random cycle of cache lines, one load waiting for the last. */
#ifndef ASSAY_LATENCY_H
#define ASSAY_LATENCY_H

#include "workers.h"

#define LINE_SIZE 64
#define CHASE_STEPS 4096

struct line {
    struct line *next;
    char rest[LINE_SIZE - sizeof(struct line *)];
};

struct chase {
    struct line *lines;
    uint64_t mask; /* lines - 1, a power of two less one */
    int half_bits;
    const struct line *at;
    uint64_t steps;
};

/*
 * The line that is visited at `step`: a bijection on the low bits, so the cycle passes every line
 * once and the position after any number of steps is known without walking.
 */
static uint64_t visited_at(const struct chase *chase, uint64_t step)
{
    uint64_t x = step & chase->mask;
    for (int round = 0; round < 3; round++) {
        x = (x * 0x2545f4914f6cdd1du + 0x632be59bd9b4e019u) & chase->mask;
        x ^= x >> chase->half_bits;
    }
    return x;
}

static void prepare_chase(struct worker *worker)
{
    const struct run *run = worker->run;
    uint64_t largest = 0;
    for (int i = 0; i < run->stage_count; i++)
        largest = run->stages[i].size > largest ? run->stages[i].size : largest;
    struct chase *chase = calloc(1, sizeof *chase);
    if (chase == NULL)
        fail("allocating a thread's state failed");
    chase->lines = map_memory(largest);
    worker->state = chase;
}

static void begin_chase(struct worker *worker)
{
    struct chase *chase = worker->state;
    uint64_t count = worker->stage->size / LINE_SIZE;
    int bits = 63 - __builtin_clzll(count);
    chase->mask = count - 1;
    chase->half_bits = (bits + 1) / 2;
    chase->steps = 0;
    uint64_t from = visited_at(chase, 0);
    chase->at = &chase->lines[from];
    for (uint64_t step = 1; step <= count; step++) {
        uint64_t to = visited_at(chase, step);
        chase->lines[from].next = &chase->lines[to];
        from = to;
    }
}

static void chase_block(struct worker *worker)
{
    struct chase *chase = worker->state;
    const struct line *at = chase->at;
    for (int i = 0; i < CHASE_STEPS; i += 8)
        at = at->next->next->next->next->next->next->next->next;
    __asm__ volatile("" : : "r"(at));
    chase->at = at;
    chase->steps += CHASE_STEPS;
    worker->work += CHASE_STEPS;
    if (at != &chase->lines[visited_at(chase, chase->steps)])
        worker->mismatches++;
}

/* The whole cycle in order, up to a limit that keeps it short. */
static void finish_chase(struct worker *worker)
{
    struct chase *chase = worker->state;
    const struct line *at = &chase->lines[visited_at(chase, 0)];
    uint64_t checksum = 0;
    for (uint64_t step = 0; step <= chase->mask && step < 16384; step++) {
        checksum = fold(checksum, (uint64_t)(at - chase->lines));
        at = at->next;
    }
    note_checksum(worker, checksum);
}

static struct stage chase_stage(uint64_t size)
{
    if (size < 4096 || (size & (size - 1)) != 0)
        fail("size %llu is not a power of two from 4096 up", (unsigned long long)size);
    return (struct stage){.reading = READING_SECONDS_PER_UNIT,
                          .size = size,
                          .begin = begin_chase,
                          .block = chase_block,
                          .finish = finish_chase};
}

static void run_memory_latency(const struct arguments *arguments)
{
    static struct stage stages[MAX_STAGES];
    int count = arguments->size_count;
    if (count == 0 && arguments->memory_size == 0)
        fail("memory.latency wants bytes=N,... or memoryBytes=N, what to chase through");
    for (int i = 0; i < count; i++) {
        uint64_t size = arguments->sizes[i];
        bool whole_mebibytes = size >= (1 << 20);
        stages[i] = chase_stage(size);
        snprintf(stages[i].metric, sizeof stages[i].metric, "latency%llu%s",
                 (unsigned long long)(size >> (whole_mebibytes ? 20 : 10)),
                 whole_mebibytes ? "MiB" : "KiB");
    }
    if (arguments->memory_size != 0) {
        stages[count] = chase_stage(arguments->memory_size);
        strcpy(stages[count++].metric, "latencyMemory");
    }
    struct run run = {
        .arguments = arguments, .stages = stages, .stage_count = count, .prepare = prepare_chase};
    run_stages(&run);
    char parameters[96];
    snprintf(parameters, sizeof parameters, ",\"hugePages\":\"%s\",\"memorySizeBytes\":%llu",
             huge_page_policy(), (unsigned long long)arguments->memory_size);
    print_result(&run, parameters);
}

#endif

/* The command line: key=value, every key known, every value checked. */
#ifndef ASSAY_ARGUMENTS_H
#define ASSAY_ARGUMENTS_H

#include "output.h"

/* Linux can be built for this many logical CPUs (NR_CPUS); musl's cpu_set_t has room for 128. */
#define MAX_CPUS 8192
#define MAX_SIZES 8

struct arguments {
    const char *mode;
    double seconds;        /* of measuring, all stages together */
    double window_seconds; /* length of one window */
    double warmup_seconds; /* run and not reported, before each stage */
    int cpus[MAX_CPUS];    /* one pinned thread each */
    int cpu_count;
    uint64_t sizes[MAX_SIZES]; /* bytes: working sets, or the size of one array */
    int size_count;
    uint64_t memory_size; /* bytes: a working set no cache holds; 0: none */
    const char *path;   /* disk or file to read */
    const char *engine; /* "io_uring" or "pread"; NULL: the best that works */
    const char *isa;    /* instruction set to use; NULL: the widest that works */
};

static double parse_seconds(const char *key, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != 0 || !(value >= 0 && value <= 86400))
        fail("%s '%s' is not a number of seconds from 0 to 86400", key, text);
    return value;
}

static uint64_t parse_whole(const char *key, const char *text, char **end)
{
    errno = 0;
    unsigned long long value = strtoull(text, end, 10);
    if (*end == text || errno != 0 || *text < '0' || *text > '9')
        fail("%s '%s' does not begin with a whole number", key, text);
    return value;
}

/* "0-3,8" as the kernel writes CPU lists. */
static void parse_cpus(struct arguments *arguments, const char *text)
{
    for (const char *at = text;;) {
        char *end;
        uint64_t first = parse_whole("cpus", at, &end);
        uint64_t last = *end == '-' ? parse_whole("cpus", end + 1, &end) : first;
        if (last < first || last >= MAX_CPUS)
            fail("cpus '%s' is not a list like 0-3,8 of numbers below %d", text, MAX_CPUS);
        for (uint64_t cpu = first; cpu <= last; cpu++) {
            if (arguments->cpu_count == MAX_CPUS)
                fail("cpus '%s' names more than %d CPUs", text, MAX_CPUS);
            arguments->cpus[arguments->cpu_count++] = (int)cpu;
        }
        if (*end == 0)
            return;
        if (*end != ',')
            fail("cpus '%s' is not a list like 0-3,8", text);
        at = end + 1;
    }
}

static void parse_sizes(struct arguments *arguments, const char *text)
{
    for (const char *at = text;;) {
        char *end;
        if (arguments->size_count == MAX_SIZES)
            fail("bytes '%s' names more than %d sizes", text, MAX_SIZES);
        arguments->sizes[arguments->size_count++] = parse_whole("bytes", at, &end);
        if (*end == 0)
            return;
        if (*end != ',')
            fail("bytes '%s' is not a list like 16384,1048576", text);
        at = end + 1;
    }
}

static uint64_t parse_size(const char *key, const char *text)
{
    char *end;
    uint64_t size = parse_whole(key, text, &end);
    if (*end != 0)
        fail("%s '%s' is not a whole number", key, text);
    return size;
}

static void parse_arguments(struct arguments *arguments, const char *mode, int count, char **words)
{
    *arguments = (struct arguments){
        .mode = mode, .seconds = 1, .window_seconds = 0.1, .warmup_seconds = 0.05};
    for (int i = 0; i < count; i++) {
        char *value = strchr(words[i], '=');
        if (value == NULL)
            fail("argument '%s' is not key=value", words[i]);
        *value++ = 0;
        if (strcmp(words[i], "seconds") == 0)
            arguments->seconds = parse_seconds("seconds", value);
        else if (strcmp(words[i], "windowSeconds") == 0)
            arguments->window_seconds = parse_seconds("windowSeconds", value);
        else if (strcmp(words[i], "warmupSeconds") == 0)
            arguments->warmup_seconds = parse_seconds("warmupSeconds", value);
        else if (strcmp(words[i], "cpus") == 0)
            parse_cpus(arguments, value);
        else if (strcmp(words[i], "bytes") == 0)
            parse_sizes(arguments, value);
        else if (strcmp(words[i], "memoryBytes") == 0)
            arguments->memory_size = parse_size("memoryBytes", value);
        else if (strcmp(words[i], "path") == 0)
            arguments->path = value;
        else if (strcmp(words[i], "engine") == 0)
            arguments->engine = value;
        else if (strcmp(words[i], "isa") == 0)
            arguments->isa = value;
        else
            fail("argument '%s' is not known", words[i]);
    }
    if (arguments->cpu_count == 0)
        arguments->cpu_count = 1; /* CPU 0 */
}

#endif

/* disk.read: reads past the page cache from a disk that is opened for reading only. */
#ifndef ASSAY_DISK_H
#define ASSAY_DISK_H

#include "uring.h"
#include "workers.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#define BLKGETSIZE64 ((int)_IOR(0x12, 114, size_t)) /* linux/fs.h */
#define MAX_DEPTH 32
#define HISTOGRAM_SIZE 1024
#define HEAD_SIZE ((size_t)1 << 20)

/* A way of reading. Sequential reads count bytes, random ones count reads. */
struct pattern {
    const char *metric;
    const char *latency50, *latency99; /* NULL: latency says nothing here */
    size_t length;                     /* of one read, bytes */
    int depth;
    bool sequential;
};

static const struct pattern patterns[] = {
    {"sequential1MiB", NULL, NULL, 1 << 20, 4, true},
    {"random4KiBDepth32", "random4KiBDepth32LatencyP50", "random4KiBDepth32LatencyP99", 4096, 32,
     false},
    {"random4KiBDepth1", "random4KiBDepth1LatencyP50", "random4KiBDepth1LatencyP99", 4096, 1,
     false},
};

enum { PATTERN_COUNT = sizeof patterns / sizeof patterns[0] };

struct reader {
    const char *path;
    int fd;
    uint64_t size;
    char *buffers;
    bool use_uring;
    const struct pattern *pattern;
    atomic_bool stop;
    _Atomic uint64_t step; /* reads begun; decides the next offset */
    _Atomic uint64_t done; /* reads ended since the last look */
    _Atomic uint32_t histogram[HISTOGRAM_SIZE];
};

/* Buckets of nanoseconds, sixteen to every power of two: an error of at most 6 %. */
static unsigned bucket_of(uint64_t nanoseconds)
{
    if (nanoseconds < 16)
        return (unsigned)nanoseconds;
    unsigned power = 63 - (unsigned)__builtin_clzll(nanoseconds);
    return (power - 3) * 16 + (unsigned)((nanoseconds >> (power - 4)) & 15);
}

/* The lower border of a bucket, in seconds. */
static double bucket_seconds(unsigned bucket)
{
    if (bucket < 16)
        return bucket * 1e-9;
    return ldexp(16 + bucket % 16, (int)(bucket / 16) - 1) * 1e-9;
}

static double percentile(const struct reader *reader, double share)
{
    uint64_t total = 0, below = 0;
    for (unsigned i = 0; i < HISTOGRAM_SIZE; i++)
        total += reader->histogram[i];
    for (unsigned i = 0; i < HISTOGRAM_SIZE; i++) {
        below += reader->histogram[i];
        if (below > 0 && (double)below >= share * (double)total)
            return bucket_seconds(i);
    }
    fail("no read of %s ended in time", reader->path);
}

static uint64_t next_offset(struct reader *reader)
{
    uint64_t blocks = reader->size / reader->pattern->length;
    uint64_t step = atomic_fetch_add(&reader->step, 1);
    return (reader->pattern->sequential ? step : fold(1, step)) % blocks * reader->pattern->length;
}

static void note_read(struct reader *reader, double begun)
{
    unsigned bucket = bucket_of((uint64_t)((now_seconds() - begun) * 1e9));
    atomic_fetch_add_explicit(&reader->histogram[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&reader->done, 1, memory_order_relaxed);
}

/* `result` is a byte count or a negative errno. */
static void check_read(const struct reader *reader, int64_t result, uint64_t offset)
{
    size_t length = reader->pattern->length;
    if (result != (int64_t)length)
        fail("reading %zu bytes at %llu of %s failed: %s", length, (unsigned long long)offset,
             reader->path, result < 0 ? strerror((int)-result) : "fewer bytes than asked for");
}

static void *pread_thread(void *argument)
{
    struct reader *reader = argument;
    static _Atomic int next_slot;
    size_t length = reader->pattern->length;
    char *buffer = reader->buffers + (size_t)(next_slot++ % reader->pattern->depth) * length;
    while (!reader->stop) {
        uint64_t offset = next_offset(reader);
        double begun = now_seconds();
        ssize_t result = pread(reader->fd, buffer, length, (off_t)offset);
        check_read(reader, result < 0 ? -errno : result, offset);
        note_read(reader, begun);
    }
    return NULL;
}

/* Keeps `depth` reads in flight; after the stop it waits for those still under way. */
static void *uring_thread(void *argument)
{
    struct reader *reader = argument;
    size_t length = reader->pattern->length;
    double begun[MAX_DEPTH];
    uint64_t offsets[MAX_DEPTH];
    struct uring ring;
    if (!open_uring(&ring, MAX_DEPTH))
        fail("io_uring worked a moment ago and does not now: %s", strerror(errno));
    int in_flight = 0;
    bool idle[MAX_DEPTH] = {false};
    for (int slot = 0; slot < reader->pattern->depth; slot++)
        idle[slot] = true;
    for (;;) {
        for (int slot = 0; slot < reader->pattern->depth && !reader->stop; slot++) {
            if (!idle[slot])
                continue;
            offsets[slot] = next_offset(reader);
            begun[slot] = now_seconds();
            queue_read(&ring, reader->fd, reader->buffers + (size_t)slot * length, length,
                       offsets[slot], (uint64_t)slot);
            idle[slot] = false;
            in_flight++;
        }
        if (in_flight == 0)
            break;
        submit_and_wait(&ring);
        struct io_uring_cqe cqe;
        while (take_completion(&ring, &cqe)) {
            check_read(reader, cqe.res, offsets[cqe.user_data]);
            note_read(reader, begun[cqe.user_data]);
            idle[cqe.user_data] = true;
            in_flight--;
        }
    }
    close(ring.fd);
    return NULL;
}

static void sleep_seconds(double seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

/* Watches for a while and prints the rates window by window. */
static void print_windows(struct reader *reader, const struct arguments *arguments, double started)
{
    const struct pattern *pattern = reader->pattern;
    double unit = pattern->sequential ? (double)pattern->length : 1;
    double from = now_seconds(), until = from + arguments->seconds / PATTERN_COUNT;
    reader->done = 0;
    do {
        sleep_seconds(arguments->window_seconds);
        double at = now_seconds();
        uint64_t done = atomic_exchange(&reader->done, 0);
        print_sample(pattern->metric, (double)done * unit / (at - from), at - started);
        from = at;
    } while (from + arguments->window_seconds / 2 < until);
}

static void run_pattern(struct reader *reader, const struct arguments *arguments, double started)
{
    const struct pattern *pattern = reader->pattern;
    pthread_t threads[MAX_DEPTH];
    int count = reader->use_uring ? 1 : pattern->depth;
    reader->stop = false;
    reader->step = 0;
    for (int i = 0; i < count; i++) {
        int error = pthread_create(&threads[i], NULL,
                                   reader->use_uring ? uring_thread : pread_thread, reader);
        if (error != 0)
            fail("starting reader thread %d failed: %s", i + 1, strerror(error));
    }
    sleep_seconds(arguments->warmup_seconds);
    for (int i = 0; i < HISTOGRAM_SIZE; i++)
        reader->histogram[i] = 0;
    print_windows(reader, arguments, started);
    reader->stop = true;
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    if (pattern->latency50 != NULL) {
        print_sample(pattern->latency50, percentile(reader, 0.5), now_seconds() - started);
        print_sample(pattern->latency99, percentile(reader, 0.99), now_seconds() - started);
    }
}

static void open_reader(struct reader *reader)
{
    reader->fd = open(reader->path, O_RDONLY | O_DIRECT | O_CLOEXEC);
    if (reader->fd < 0)
        fail("opening %s for direct reading failed: %s", reader->path, strerror(errno));
    struct stat status;
    if (fstat(reader->fd, &status) != 0)
        fail("asking what %s is failed: %s", reader->path, strerror(errno));
    if (S_ISREG(status.st_mode))
        reader->size = (uint64_t)status.st_size;
    else if (!S_ISBLK(status.st_mode))
        fail("%s is neither a block device nor a file", reader->path);
    else if (ioctl(reader->fd, BLKGETSIZE64, &reader->size) != 0)
        fail("asking for the size of %s failed: %s", reader->path, strerror(errno));
    if (reader->size < HEAD_SIZE)
        fail("%s holds %llu bytes, less than the %zu of one read", reader->path,
             (unsigned long long)reader->size, HEAD_SIZE);
}

/* Checksum of the first MiB: read before and after the load, it must not have changed. */
static uint64_t head_checksum(struct reader *reader)
{
    ssize_t result = pread(reader->fd, reader->buffers, HEAD_SIZE, 0);
    if (result != (ssize_t)HEAD_SIZE)
        fail("reading the first %zu bytes of %s failed: %s", HEAD_SIZE, reader->path,
             result < 0 ? strerror(errno) : "fewer bytes than asked for");
    uint64_t checksum = 1, value;
    for (size_t i = 0; i < HEAD_SIZE; i += sizeof value) {
        memcpy(&value, reader->buffers + i, sizeof value);
        checksum = fold(checksum, value);
    }
    return checksum;
}

static bool choose_uring(const char *engine)
{
    struct uring ring;
    if (engine != NULL && strcmp(engine, "pread") == 0)
        return false;
    if (engine != NULL && strcmp(engine, "io_uring") != 0)
        fail("engine '%s' is neither io_uring nor pread", engine);
    bool works = open_uring(&ring, MAX_DEPTH);
    if (works)
        close(ring.fd);
    else if (engine != NULL)
        fail("engine io_uring does not work here: %s", strerror(errno));
    return works;
}

static void run_disk_read(const struct arguments *arguments)
{
    static struct reader reader;
    if (arguments->path == NULL)
        fail("disk.read wants path=FILE");
    reader.path = arguments->path;
    reader.use_uring = choose_uring(arguments->engine);
    open_reader(&reader);
    /*
     * 4 x 1 MiB, which holds 32 x 4 KiB too. On huge pages a read of 1 MiB is one piece to the disk
     * and not 256: 2.4 times the rate on a virtio disk, so the result names the page policy.
     */
    reader.buffers = map_memory((size_t)4 << 20);
    uint64_t before = head_checksum(&reader);
    double started = now_seconds();
    for (int i = 0; i < PATTERN_COUNT; i++) {
        reader.pattern = &patterns[i];
        run_pattern(&reader, arguments, started);
    }
    double elapsed = now_seconds() - started;
    printf("{\"result\":{\"mode\":\"disk.read\",\"checksum\":\"%016llx\",\"mismatchCount\":%d,"
           "\"elapsedSeconds\":%.6f,\"parameters\":{\"engine\":\"%s\",\"hugePages\":\"%s\","
           "\"sizeBytes\":%llu},\"workers\":[]}}\n",
           (unsigned long long)before, head_checksum(&reader) != before, elapsed,
           reader.use_uring ? "io_uring" : "pread", huge_page_policy(),
           (unsigned long long)reader.size);
    close(reader.fd);
}

#endif

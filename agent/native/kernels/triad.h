/* memory.triad: a = b + s * c over arrays no cache holds, with ordinary and streaming stores. */
#ifndef ASSAY_TRIAD_H
#define ASSAY_TRIAD_H

#include "isa.h"
#include "workers.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define CHUNK 32768   /* elements between two looks at the clock: 256 KiB an array */
#define PATTERN 512   /* elements after which the contents repeat: one 4 KiB page */
#define FINAL_SCALAR 3

typedef void (*triad_fn)(double *restrict a, const double *restrict b, const double *restrict c,
                         double scalar, size_t count);

struct triad {
    double *a, *b, *c;
    size_t count; /* a multiple of CHUNK */
    size_t at;
    uint64_t pass;
};

#define DEFINE_TRIAD(name, attributes)                                                             \
    attributes static void name(double *restrict a, const double *restrict b,                      \
                                const double *restrict c, double scalar, size_t count)             \
    {                                                                                              \
        for (size_t i = 0; i < count; i++)                                                         \
            a[i] = b[i] + scalar * c[i];                                                           \
    }

DEFINE_TRIAD(triad_base, )
#if defined(__x86_64__)
DEFINE_TRIAD(triad_avx2, __attribute__((target("avx2,fma"))))

static void triad_streaming_base(double *restrict a, const double *restrict b,
                                 const double *restrict c, double scalar, size_t count)
{
    const __m128d factor = _mm_set1_pd(scalar);
    for (size_t i = 0; i < count; i += 2) {
        const __m128d product = _mm_mul_pd(factor, _mm_load_pd(c + i));
        _mm_stream_pd(a + i, _mm_add_pd(_mm_load_pd(b + i), product));
    }
    _mm_sfence();
}

__attribute__((target("avx2,fma"))) static void
triad_streaming_avx2(double *restrict a, const double *restrict b, const double *restrict c,
                     double scalar, size_t count)
{
    const __m256d factor = _mm256_set1_pd(scalar);
    for (size_t i = 0; i < count; i += 4)
        _mm256_stream_pd(a + i,
                         _mm256_fmadd_pd(factor, _mm256_load_pd(c + i), _mm256_load_pd(b + i)));
    _mm_sfence();
}
#endif

static triad_fn triad_plain = triad_base;
#if defined(__x86_64__)
static triad_fn triad_streaming = triad_streaming_base;
#endif

/* Small whole numbers: product and sum are exact, so fused or not, the answer is the same. */
static void prepare_triad(struct worker *worker)
{
    const struct arguments *arguments = worker->run->arguments;
    size_t share = arguments->sizes[0] / sizeof(double) / (size_t)arguments->cpu_count;
    struct triad *triad = calloc(1, sizeof *triad);
    if (triad == NULL)
        fail("allocating a thread's state failed");
    triad->count = share < CHUNK ? CHUNK : share / CHUNK * CHUNK;
    triad->a = map_memory(triad->count * sizeof(double));
    triad->b = map_memory(triad->count * sizeof(double));
    triad->c = map_memory(triad->count * sizeof(double));
    for (size_t i = 0; i < PATTERN; i++) {
        triad->b[i] = (double)i;
        triad->c[i] = (double)(i * 7 % PATTERN);
    }
    memset(triad->a, 0, triad->count * sizeof(double));
    for (size_t i = PATTERN; i < triad->count; i += PATTERN) {
        memcpy(triad->b + i, triad->b, PATTERN * sizeof(double));
        memcpy(triad->c + i, triad->c, PATTERN * sizeof(double));
    }
    worker->state = triad;
}

/* The factor changes with every pass, so a store that was lost does not go unseen. */
static void triad_step(struct worker *worker, triad_fn kernel)
{
    struct triad *triad = worker->state;
    kernel(triad->a + triad->at, triad->b + triad->at, triad->c + triad->at,
           (double)(1 + triad->pass % 7), CHUNK);
    worker->work += 3.0 * CHUNK * sizeof(double);
    triad->at += CHUNK;
    if (triad->at == triad->count) {
        triad->at = 0;
        triad->pass++;
    }
}

static void triad_block(struct worker *worker)
{
    triad_step(worker, triad_plain);
}

/*
 * A last pass outside the measured time, with every element compared: all of the array, or as much
 * as an eighth of the stage's time allows where the machine is too slow for that.
 */
static void verify_triad(struct worker *worker, triad_fn kernel)
{
    const struct run *run = worker->run;
    struct triad *triad = worker->state;
    double until = now_seconds() + run->arguments->seconds / run->stage_count / 8;
    double expected[PATTERN];
    uint64_t checksum = 0;
    for (size_t i = 0; i < PATTERN; i++)
        expected[i] = (double)(i + FINAL_SCALAR * (i * 7 % PATTERN));
    for (size_t at = 0; at < triad->count && (at == 0 || now_seconds() < until); at += CHUNK) {
        kernel(triad->a + at, triad->b + at, triad->c + at, FINAL_SCALAR, CHUNK);
        for (size_t i = at; i < at + CHUNK; i += PATTERN)
            for (size_t k = 0; k < PATTERN; k++)
                worker->mismatches += triad->a[i + k] != expected[k];
    }
    for (size_t i = 0; i < PATTERN; i++)
        checksum = fold(checksum, bits_of(triad->a[i]));
    note_checksum(worker, checksum);
}

static void finish_triad(struct worker *worker)
{
    verify_triad(worker, triad_plain);
}

#if defined(__x86_64__)
static void triad_streaming_block(struct worker *worker)
{
    triad_step(worker, triad_streaming);
}

static void finish_triad_streaming(struct worker *worker)
{
    verify_triad(worker, triad_streaming);
}
#endif

static void run_memory_triad(const struct arguments *arguments)
{
    if (arguments->size_count != 1)
        fail("memory.triad wants bytes=N, the size of one of its three arrays");
    enum isa isa = choose_isa(arguments);
    if (isa == ISA_AVX512)
        isa = ISA_AVX2_FMA; /* memory is the limit; wider only lowers the clock */
#if defined(__x86_64__)
    if (isa == ISA_AVX2_FMA) {
        triad_plain = triad_avx2;
        triad_streaming = triad_streaming_avx2;
    } else {
        isa = ISA_BASE;
    }
#endif
    /* The names say the bytes counted: two read and one written, whatever the caches add to it. */
    static const struct stage stages[] = {
        {.metric = "triadRead2Write1", .block = triad_block, .finish = finish_triad},
#if defined(__x86_64__)
        {.metric = "triadStreamingRead2Write1",
         .block = triad_streaming_block,
         .finish = finish_triad_streaming},
#endif
    };
    struct run run = {.arguments = arguments,
                      .stages = stages,
                      .stage_count = (int)(sizeof stages / sizeof stages[0]),
                      .prepare = prepare_triad};
    run_stages(&run);
    const struct triad *first = run.workers[0].state;
    char parameters[160];
    snprintf(parameters, sizeof parameters,
             ",\"isa\":\"%s\",\"hugePages\":\"%s\",\"arraySizeBytes\":%zu", isa_names[isa],
             huge_page_policy(), first->count * sizeof(double) * (size_t)arguments->cpu_count);
    print_result(&run, parameters);
}

#endif

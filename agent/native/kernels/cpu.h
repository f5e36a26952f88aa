/* cpu.int, cpu.fma, cpu.clock: what a core does with data that never leaves its registers. */
#ifndef ASSAY_CPU_H
#define ASSAY_CPU_H

#include "isa.h"
#include "workers.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Keeps the compiler from computing ahead, joining or vectorizing what follows. */
#define OPAQUE(x) __asm__ volatile("" : "+r"(x))

/* One round: xorshift and a multiply-add, each step waits for the last. */
#define ROUND(x)                                                                                   \
    do {                                                                                           \
        x ^= x << 13;                                                                              \
        x ^= x >> 7;                                                                               \
        x ^= x << 17;                                                                              \
        x = x * 0x5851f42d4c957f2du + 0x14057b7ef767814fu;                                         \
        OPAQUE(x);                                                                                 \
    } while (0)

#define CHAIN_ROUNDS 50000

static void chain_block(struct worker *worker)
{
    uint64_t x = 0x853c49e6748fea9bu;
    OPAQUE(x);
    for (int i = 0; i < CHAIN_ROUNDS; i++)
        ROUND(x);
    worker->work += CHAIN_ROUNDS;
    note_checksum(worker, x);
}

/* Six chains at once: as many rounds as the core's width can overlap. */
static void independent_block(struct worker *worker)
{
    uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6;
    for (int i = 0; i < CHAIN_ROUNDS / 6; i++) {
        ROUND(a);
        ROUND(b);
        ROUND(c);
        ROUND(d);
        ROUND(e);
        ROUND(f);
    }
    worker->work += CHAIN_ROUNDS / 6 * 6;
    note_checksum(worker, fold(fold(fold(a, b), fold(c, d)), fold(e, f)));
}

static void run_cpu_int(const struct arguments *arguments)
{
    static const struct stage stages[] = {
        {.metric = "chain", .reading = READING_SUM, .block = chain_block},
        {.metric = "independent", .reading = READING_SUM, .block = independent_block},
    };
    struct run run = {.arguments = arguments, .stages = stages, .stage_count = 2};
    run_stages(&run);
    print_result(&run, "");
}

#define CLOCK_ADDS 1000000

/*
 * Adds that wait for each other take one cycle each on every core since the 1990s, so their rate is
 * the clock the core really has, in virtual machines too. Register operands: some cores execute
 * adds of a constant for nothing.
 */
static void clock_block(struct worker *worker)
{
    uint64_t x = 0, step = 1;
    for (int i = 0; i < CLOCK_ADDS / 1000; i++) {
#if defined(__x86_64__)
        __asm__ volatile(".rept 1000\n\tadd %1, %0\n\t.endr" : "+r"(x) : "r"(step) : "cc");
#elif defined(__aarch64__)
        __asm__ volatile(".rept 1000\n\tadd %0, %0, %1\n\t.endr" : "+r"(x) : "r"(step));
#else
#error "clock_block needs the add instruction of this architecture"
#endif
    }
    worker->work += CLOCK_ADDS;
    note_checksum(worker, x);
}

static void run_cpu_clock(const struct arguments *arguments)
{
    static const struct stage stages[] = {
        {.metric = "effectiveClock", .reading = READING_MEAN, .block = clock_block},
    };
    struct run run = {.arguments = arguments, .stages = stages, .stage_count = 1};
    run_stages(&run);
    print_result(&run, "");
}

#define FMA_STEPS 20000
#define FMA_CHAINS 12 /* covers 2 units x 5 cycles; 16 vector registers hold it */

typedef double vector2 __attribute__((vector_size(16)));
typedef double vector4 __attribute__((vector_size(32)));
typedef double vector8 __attribute__((vector_size(64)));

#define MULTIPLY_ADD(x) ((x) * a + b) /* rounds twice on x86 below FMA */
#define FUSED4(x) _mm256_fmadd_pd(x, a, b)
#define FUSED8(x) _mm512_fmadd_pd(x, a, b)

/*
 * Twelve chains x = x * a + b. All lanes of a chain start equal and must end equal, so the checksum
 * is the same for every width and a broken lane shows.
 */
#define DEFINE_FMA(name, attributes, vector, step)                                                 \
    attributes static void name(struct worker *worker)                                             \
    {                                                                                              \
        enum { LANES = sizeof(vector) / sizeof(double) };                                          \
        const vector a = (vector){0} + 0.999993, b = (vector){0} + 0.0000131;                      \
        vector x0 = (vector){0} + 0.1, x1 = x0 + 0.1, x2 = x0 + 0.2, x3 = x0 + 0.3;                \
        vector x4 = x0 + 0.4, x5 = x0 + 0.5, x6 = x0 + 0.6, x7 = x0 + 0.7;                         \
        vector x8 = x0 + 0.8, x9 = x0 + 0.9, x10 = x0 + 1.0, x11 = x0 + 1.1;                       \
        for (int i = 0; i < FMA_STEPS; i++) {                                                      \
            x0 = step(x0), x1 = step(x1), x2 = step(x2), x3 = step(x3);                            \
            x4 = step(x4), x5 = step(x5), x6 = step(x6), x7 = step(x7);                            \
            x8 = step(x8), x9 = step(x9), x10 = step(x10), x11 = step(x11);                        \
        }                                                                                          \
        const vector ends[FMA_CHAINS] = {x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11};        \
        uint64_t checksum = 0;                                                                     \
        for (int chain = 0; chain < FMA_CHAINS; chain++) {                                         \
            for (int lane = 1; lane < LANES; lane++)                                               \
                worker->mismatches += bits_of(ends[chain][lane]) != bits_of(ends[chain][0]);       \
            checksum = fold(checksum, bits_of(ends[chain][0]));                                    \
        }                                                                                          \
        worker->work += 2.0 * FMA_STEPS * FMA_CHAINS * LANES;                                      \
        note_checksum(worker, checksum);                                                           \
    }

DEFINE_FMA(fma_base, , vector2, MULTIPLY_ADD)
#if defined(__x86_64__)
DEFINE_FMA(fma_avx, __attribute__((target("avx"))), vector4, MULTIPLY_ADD)
DEFINE_FMA(fma_avx2, __attribute__((target("avx2,fma"))), vector4, FUSED4)
DEFINE_FMA(fma_avx512, __attribute__((target("avx512f,fma"))), vector8, FUSED8)
#endif

static void run_cpu_fma(const struct arguments *arguments)
{
    enum isa isa = choose_isa(arguments);
    struct stage stage = {.metric = "doubleFlops", .reading = READING_SUM, .block = fma_base};
#if defined(__x86_64__)
    if (isa == ISA_AVX)
        stage.block = fma_avx;
    if (isa == ISA_AVX2_FMA)
        stage.block = fma_avx2;
    if (isa == ISA_AVX512)
        stage.block = fma_avx512;
#endif
    struct run run = {.arguments = arguments, .stages = &stage, .stage_count = 1};
    run_stages(&run);
    char parameters[64];
    snprintf(parameters, sizeof parameters, ",\"isa\":\"%s\"", isa_names[isa]);
    print_result(&run, parameters);
}

#endif

/* Which instruction set a loop uses, decided at run time: one binary serves every machine. */
#ifndef ASSAY_ISA_H
#define ASSAY_ISA_H

#include "arguments.h"

#if defined(__x86_64__)
#define BASE_ISA "sse2"
#else
#define BASE_ISA "base"
#endif

/* Sets without a fused multiply-add round twice, so cpu.fma's checksum differs there. */
enum isa { ISA_BASE, ISA_AVX, ISA_AVX2_FMA, ISA_AVX512 };

static const char *const isa_names[] = {BASE_ISA, "avx", "avx2+fma", "avx512f"};

static bool isa_works(enum isa isa)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    switch (isa) {
    case ISA_AVX512:
        return __builtin_cpu_supports("avx512f");
    case ISA_AVX2_FMA:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case ISA_AVX:
        return __builtin_cpu_supports("avx");
    case ISA_BASE:
        break;
    }
#endif
    return isa == ISA_BASE;
}

/* The set that was asked for, or the widest that processor and kernel support. */
static enum isa choose_isa(const struct arguments *arguments)
{
    for (int isa = ISA_AVX512; isa >= ISA_BASE; isa--) {
        if (arguments->isa != NULL && strcmp(arguments->isa, isa_names[isa]) != 0)
            continue;
        if (isa_works((enum isa)isa))
            return (enum isa)isa;
        if (arguments->isa != NULL)
            fail("isa '%s' does not work on this processor", arguments->isa);
    }
    fail("isa '%s' is not known", arguments->isa);
}

#endif

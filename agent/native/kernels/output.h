/* Time, checksums and the JSON lines that leave the program. */
#ifndef ASSAY_OUTPUT_H
#define ASSAY_OUTPUT_H

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_seconds(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

/* Prints text as a JSON string. Bytes outside printable ASCII become '?': only paths hold any. */
static void print_json_string(const char *text)
{
    putchar('"');
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text >= 0x20 && *text < 0x7f ? *text : '?');
    }
    putchar('"');
}

/* Prints {"error":...} and ends the program with status 1. */
__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    flockfile(stdout);
    fputs("{\"error\":", stdout);
    print_json_string(text);
    fputs("}\n", stdout);
    fflush(stdout);
    _exit(1);
}

/* One window's figure in the metric's base unit (1/s, B/s, Hz, s). */
static void print_sample(const char *metric, double value, double at_seconds)
{
    if (!isfinite(value))
        fail("metric %s: %g is no figure", metric, value);
    printf("{\"sample\":{\"metric\":\"%s\",\"value\":%.9g,\"atSeconds\":%.6f}}\n", metric, value,
           at_seconds);
}

/* Folds one value into a 64-bit checksum (the mixer of splitmix64). */
static uint64_t fold(uint64_t checksum, uint64_t value)
{
    uint64_t z = checksum * 0x9e3779b97f4a7c15u + value;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

#endif

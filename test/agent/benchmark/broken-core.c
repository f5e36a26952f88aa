/* The helper on a machine that computes wrong: the real program with faults of its own. */
#define main kernels_main
#include "../../../agent/native/kernels.c"
#undef main

/* The first core is right; every other one gets another answer, and one of its own in every third block. */
static void wrong_block(struct worker *worker)
{
    worker->work += 1;
    bool slips = worker->cpu != worker->run->arguments->cpus[0] && (uint64_t)worker->work % 3 == 0;
    note_checksum(worker, 1000 + (uint64_t)worker->cpu + slips);
}

int main(int argc, char **argv)
{
    static struct arguments arguments;
    static const struct stage stages[] = {
        {.metric = "chain", .reading = READING_SUM, .block = wrong_block},
    };
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2 || strcmp(argv[1], "cpu.int") != 0)
        __builtin_trap();
    parse_arguments(&arguments, argv[1], argc - 2, argv + 2);
    struct run run = {.arguments = &arguments, .stages = stages, .stage_count = 1};
    run_stages(&run);
    print_result(&run, "");
    return 0;
}

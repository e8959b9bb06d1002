/*
 * fuzz_main.c: replays inputs through a fuzz target without libFuzzer: each argument is a file, or
 * a directory whose files are taken. An input that fails ends the program; the last line counts the
 * others.
 */
#include "unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_inputs;

static void replay_file(const char *path) {
    mig_str text = unit_read_file(path);

    LLVMFuzzerTestOneInput((const uint8_t *)text.p, text.n);
    free((void *)(uintptr_t)text.p);
    n_inputs++;
}

/* false: no directory. */
static bool replay_directory(const char *path) {
    DIR *directory = opendir(path);
    struct dirent *entry;
    char name[4096];

    if (directory == NULL)
        return false;
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        replay_file(name);
    }
    closedir(directory);
    return true;
}

int main(int argc, char **argv) {
    const char *name = strrchr(argv[0], '/');
    int i;

    for (i = 1; i < argc; i++)
        if (!replay_directory(argv[i]))
            replay_file(argv[i]);
    printf("%s: %zu passed, 0 failed\n", name == NULL ? argv[0] : name + 1, n_inputs);
    return 0;
}

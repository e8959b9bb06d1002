/*
 * plain_files.h: what the plain programs of the load benchmark share: walk a directory, read each
 * file, hash it, and hand it to insert().
 */
#ifndef PLAIN_FILES_H
#define PLAIN_FILES_H

#include <dirent.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void insert(const char *name, const char *hash, const char *text, size_t n);

static void file_insert(const char *dir, const char *name) {
    char path[4096], hash[SHA256_DIGEST_STRING_LENGTH];
    FILE *file;
    char *text;
    long n;

    snprintf(path, sizeof path, "%s/%s", dir, name);
    file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (n = ftell(file)) < 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    rewind(file);
    text = malloc((size_t)n + 1);
    if (text == NULL || fread(text, 1, (size_t)n, file) != (size_t)n)
        exit(1);
    text[n] = '\0';
    fclose(file);
    SHA256Data((const unsigned char *)text, (size_t)n, hash);
    insert(name, hash, text, (size_t)n);
    free(text);
}

static void files_insert(const char *dir) {
    DIR *d = opendir(dir);
    struct dirent *entry;

    if (d == NULL) {
        fprintf(stderr, "cannot open %s\n", dir);
        exit(1);
    }
    while ((entry = readdir(d)) != NULL)
        if (strstr(entry->d_name, ".sql") != NULL)
            file_insert(dir, entry->d_name);
    closedir(d);
}

#endif

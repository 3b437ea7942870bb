#include "check.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/edge-native-XXXXXX";

void check(int holds, const char *what, const char *file, int line)
{
    if (!holds) {
        fprintf(stderr, "%s:%d: %s doesn't hold\n", file, line, what);
        exit(1);
    }
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_folder(void)
{
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void enter_folder(void)
{
    CHECK(mkdtemp(folder) != NULL);
    CHECK(chdir(folder) == 0);
    CHECK(atexit(remove_folder) == 0);
}

void write_file(const char *name, const char *bytes, size_t length)
{
    FILE *file = fopen(name, "w");
    CHECK(file != NULL);
    CHECK(fwrite(bytes, 1, length, file) == length);
    CHECK(fclose(file) == 0);
}

const char *read_text(const char *name)
{
    static char text[1 << 16];
    FILE *file = fopen(name, "r");
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

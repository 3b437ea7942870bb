/* Preloaded into programs: each fsync and fdatasync takes 20 ms longer, as on an SD card. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int slowly(const char *name, int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    nanosleep(&pause, 0);
    return real(fd);
}

int fsync(int fd) { return slowly("fsync", fd); }

int fdatasync(int fd) { return slowly("fdatasync", fd); }

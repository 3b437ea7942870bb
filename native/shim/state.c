#include "shim.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES_MAX = 65536 };

int64_t now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

int64_t wall_us(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

/* Reads parent and start time from /proc/PID/stat; the name in it may hold anything, so it is read from its last bracket. */
static bool read_stat(pid_t pid, pid_t *parent, uint64_t *start)
{
    char path[32];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) {
        return false;
    }
    text[length] = '\0';
    const char *after = strrchr(text, ')');
    int ppid = 0;
    unsigned long long since = 0;
    if (after == NULL
        || sscanf(after + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &ppid, &since) != 2) {
        return false;
    }
    *parent = ppid;
    *start = since;
    return true;
}

uint64_t process_start_time(pid_t pid)
{
    pid_t parent;
    uint64_t start = 0;
    return read_stat(pid, &parent, &start) ? start : 0;
}

void state_write(const struct state *state)
{
    char text[2048];
    int length = snprintf(text, sizeof text,
        "shim=%d\nshim-start=%" PRIu64 "\nphase=%s\npid=%d\npid-start=%" PRIu64 "\nrestarts=%d\nresult=%s\nstatus=%d\nstarted-us=%" PRId64 "\ndetail=%.1024s\n",
        (int)getpid(), process_start_time(getpid()), state->phase, (int)state->pid, state->pid_start, state->restarts, state->result, state->status,
        state->started_us, state->detail);
    int fd = open("state.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    /* A full disk leaves the older state; the agent then learns the end from the shim's own. */
    bool written = write(fd, text, (size_t)length) == length;
    close(fd);
    if (written) {
        (void)rename("state.new", "state");
    }
}

struct process {
    pid_t pid;
    pid_t parent;
    bool is_below;
};

int descendants_signal(int signal)
{
    static struct process processes[PROCESSES_MAX];
    int count = 0;
    DIR *proc = opendir("/proc");
    if (proc == NULL) {
        return 0;
    }
    for (const struct dirent *entry; (entry = readdir(proc)) != NULL && count < PROCESSES_MAX;) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        uint64_t start;
        if (pid > 0 && read_stat(pid, &processes[count].parent, &start)) {
            processes[count].pid = pid;
            processes[count++].is_below = false;
        }
    }
    closedir(proc);
    /* Parents are not always listed before their children: repeated until nothing is found any more. */
    int found = 0;
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < count; i++) {
            bool is_below = !processes[i].is_below && processes[i].parent == getpid();
            for (int j = 0; !processes[i].is_below && !is_below && j < count; j++) {
                is_below = processes[j].is_below && processes[i].parent == processes[j].pid;
            }
            if (is_below) {
                processes[i].is_below = more = true;
                found++;
            }
        }
    }
    for (int i = 0; i < count; i++) {
        if (processes[i].is_below) {
            kill(processes[i].pid, signal);
        }
    }
    return found;
}

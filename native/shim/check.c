#include "shim.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 256 };

static struct {
    pid_t child; /* 0: it ended */
    int out;     /* -1: closed */
    int status;
    bool is_late;
    bool is_unwanted; /* the agent asked for no answer, or is gone */
    int64_t kill_at;
    char line[LINE_BYTES_MAX]; /* the one that is being written */
    size_t have;
    char last[LINE_BYTES_MAX]; /* the last whole one with something in it */
} check = { .out = -1 };

static void end_line(void)
{
    if (check.have > 0) {
        memcpy(check.last, check.line, check.have);
        check.last[check.have] = '\0';
        check.have = 0;
    }
}

/* Keeps the last line of what it writes; of a long one its begin. */
static void drain(void)
{
    char chunk[4096];
    ssize_t got;
    while (check.out >= 0 && (got = read(check.out, chunk, sizeof chunk)) != -1) {
        for (ssize_t i = 0; i < got; i++) {
            if (chunk[i] == '\n') {
                end_line();
            } else if (check.have < LINE_BYTES_MAX - 1 && (unsigned char)chunk[i] >= ' ') {
                check.line[check.have++] = chunk[i];
            }
        }
        if (got == 0) {
            close(check.out);
            check.out = -1;
        }
    }
}

/* Its time is over, it has ended, or nobody wants to know: nothing of it stays. */
static void kill_all(void)
{
    descendants_signal(SIGKILL);
    check.kill_at = now_ms() + KILL_ROUND_MS;
}

/* True when nothing is below the shim any more. */
static bool reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == check.child) {
            check.child = 0;
            check.status = status;
            kill_all();
        }
    }
    return pid < 0 && errno == ECHILD;
}

static void watch(int signals, int64_t deadline)
{
    check.kill_at = deadline;
    do {
        int64_t wait = check.kill_at - now_ms();
        /* The agent reads what this writes: without a reader it is gone. */
        struct pollfd fds[] = { { signals, POLLIN, 0 }, { check.out, POLLIN, 0 }, { check.is_unwanted ? -1 : STDOUT_FILENO, 0, 0 } };
        (void)poll(fds, 3, wait < 0 ? 0 : wait > 3600000 ? 3600000 : (int)wait);
        struct signalfd_siginfo info;
        bool is_asked = fds[2].revents != 0;
        while (read(signals, &info, sizeof info) == sizeof info) {
            is_asked |= info.ssi_signo == SIGTERM;
        }
        drain();
        if (now_ms() >= check.kill_at || (is_asked && !check.is_unwanted)) {
            check.is_unwanted |= is_asked;
            check.is_late |= check.child > 0 && !check.is_unwanted;
            kill_all();
        }
    } while (!reap());
    drain();
    end_line();
}

int check_run(int signals)
{
    struct spec spec = { .run_max_ms = 0 };
    if (!spec_read(&spec, STDIN_FILENO)) {
        return EX_CONFIG;
    }
    int64_t deadline = now_ms() + spec.run_max_ms;
    int error = program_start(&spec, &check.child, &check.out, NULL);
    if (error != 0) {
        dprintf(STDOUT_FILENO, "start-failed %d %s\n", error, strerror(error));
        return 0;
    }
    watch(signals, deadline);
    if (!check.is_unwanted) {
        bool is_exit = WIFEXITED(check.status);
        dprintf(STDOUT_FILENO, "%s %d %s\n", check.is_late ? "late" : is_exit ? "exit" : "signal", is_exit ? WEXITSTATUS(check.status) : WTERMSIG(check.status), check.last);
    }
    return 0;
}

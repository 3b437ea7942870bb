#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { BACKOFF_FIRST_MS = 100, RAN_WELL_MS = 10 * 1000 };

static struct spec spec = { .restart = RESTART_NEVER, .backoff_max_ms = 60000, .stop_signal = SIGTERM, .stop_timeout_ms = 10000, .log_bytes = 1 << 20, .incarnation = "" };

static struct {
    struct state said;
    pid_t child;         /* the main process; 0: none */
    int out;             /* its pipes; -1: closed */
    int err;
    int64_t began_ms;
    int64_t restart_at;  /* 0: not waiting */
    int64_t deadline;    /* when the run time is over; 0: never */
    int64_t kill_at;     /* of what is being ended: when SIGKILL comes; 0: nothing is */
    int64_t backoff_ms;
    bool is_stopping;    /* asked to, or its time is over */
    bool is_late;        /* its run time was over */
} unit = { .out = -1, .err = -1 };

static void say(const char *phase)
{
    unit.said.phase = phase;
    unit.said.pid = unit.child;
    unit.said.pid_start = unit.child > 0 ? process_start_time(unit.child) : 0;
    state_write(&unit.said);
}

static int fail(const char *what)
{
    fprintf(stderr, "edge-shim: %s: %s\n", what, strerror(errno));
    return EX_OSERR;
}

static void note_start_failure(int error)
{
    static char detail[1024];
    snprintf(detail, sizeof detail, "%s: %s", spec.argv[0], strerror(error));
    /* The state is lines; a name may hold a line feed. */
    for (char *at = detail; *at != '\0'; at++) {
        *at = *at == '\n' ? ' ' : *at;
    }
    unit.said.result = "start-failed";
    unit.said.status = error;
    unit.said.detail = detail;
}

/* Starts the work; false with the state's result where it can't be. */
static bool start(void)
{
    unit.said.started_us = wall_us();
    int error = program_start(&spec, &unit.child, &unit.out, &unit.err);
    if (error != 0) {
        note_start_failure(error);
        return false;
    }
    unit.began_ms = now_ms();
    unit.restart_at = 0;
    unit.deadline = spec.run_max_ms > 0 ? unit.began_ms + spec.run_max_ms : 0;
    say("running");
    return true;
}

/* Asks everything below to end; SIGKILL comes later, until nothing is left. */
static void begin_end(void)
{
    if (unit.kill_at == 0) {
        descendants_signal(spec.stop_signal);
        unit.kill_at = now_ms() + spec.stop_timeout_ms;
    }
}

static void stop(bool is_late)
{
    if (unit.is_stopping) {
        return;
    }
    unit.is_stopping = true;
    unit.is_late = is_late;
    unit.restart_at = 0;
    if (!is_late) {
        spec_read_stop(&spec);
    }
    /* What a finished main process left may be ending already, by the older rule: the asked one counts from here. */
    unit.kill_at = 0;
    say("stopping");
    begin_end();
}

static void close_pipes(void)
{
    while (unit.out >= 0 && log_drain(unit.out, 'o') > 0) {
    }
    while (unit.err >= 0 && log_drain(unit.err, 'e') > 0) {
    }
    log_flush();
    if (unit.out >= 0) {
        close(unit.out);
    }
    if (unit.err >= 0) {
        close(unit.err);
    }
    unit.out = unit.err = -1;
}

static void main_ended(int status)
{
    bool is_exit = WIFEXITED(status);
    unit.said.status = is_exit ? WEXITSTATUS(status) : WTERMSIG(status);
    unit.said.result = unit.is_late ? "deadline" : !is_exit ? "killed" : unit.said.status == 0 ? "success" : "exit-code";
    unit.said.detail = "";
    unit.child = 0;
    unit.deadline = 0;
    /* What it left behind has no owner any more. */
    begin_end();
}

/* Reaps; true when nothing is below the shim any more. */
static bool reap(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == unit.child) {
            main_ended(status);
        }
    }
    return pid < 0 && errno == ECHILD;
}

static bool wants_restart(void)
{
    bool failed = strcmp(unit.said.result, "success") != 0;
    return !unit.is_stopping && strcmp(unit.said.result, "start-failed") != 0
        && (spec.restart == RESTART_ALWAYS || (spec.restart == RESTART_ON_FAILURE && failed));
}

/* Nothing is left of a run. True when the unit goes on. */
static bool run_over(void)
{
    close_pipes();
    unit.kill_at = 0;
    if (!wants_restart()) {
        return false;
    }
    if (unit.backoff_ms == 0 || now_ms() - unit.began_ms >= RAN_WELL_MS) {
        unit.backoff_ms = BACKOFF_FIRST_MS;
    }
    int64_t wait = unit.backoff_ms < spec.backoff_max_ms ? unit.backoff_ms : spec.backoff_max_ms;
    unit.backoff_ms *= unit.backoff_ms < spec.backoff_max_ms ? 2 : 1;
    unit.restart_at = now_ms() + wait;
    unit.said.restarts++;
    say("waiting");
    return true;
}

static int64_t next_deadline(void)
{
    int64_t next = 0;
    for (int i = 0; i < 3; i++) {
        int64_t at = i == 0 ? unit.restart_at : i == 1 ? unit.deadline : unit.kill_at;
        next = at != 0 && (next == 0 || at < next) ? at : next;
    }
    return next;
}

/* The machine has too much to do just now; that is no reason to give the work up. */
static bool is_passing(int error)
{
    return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

/* False when the unit is over. */
static bool do_what_is_due(void)
{
    int64_t now = now_ms();
    if (unit.deadline != 0 && now >= unit.deadline) {
        unit.deadline = 0;
        stop(true);
    }
    if (unit.kill_at != 0 && now >= unit.kill_at) {
        descendants_signal(SIGKILL);
        unit.kill_at = now + KILL_ROUND_MS;
    }
    if (unit.restart_at != 0 && now >= unit.restart_at) {
        unit.restart_at = 0;
        if (!start() && !is_passing(unit.said.status)) {
            return false;
        }
        if (unit.child == 0) {
            unit.restart_at = now + unit.backoff_ms;
            say("waiting");
        }
    }
    return true;
}

static void take_signals(int signals)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGTERM) {
            stop(false);
        } else if (info.ssi_signo == SIGUSR1 && unit.child > 0) {
            /* The work is unhealthy: it ends, and the restart rule says what follows. */
            begin_end();
        }
    }
}

static void run(int signals)
{
    bool goes_on = start();
    while (goes_on) {
        struct pollfd fds[] = { { signals, POLLIN, 0 }, { unit.out, POLLIN, 0 }, { unit.err, POLLIN, 0 } };
        int64_t at = next_deadline();
        int64_t wait = at == 0 ? -1 : at - now_ms();
        (void)poll(fds, 3, at == 0 ? -1 : wait < 0 ? 0 : wait > 3600000 ? 3600000 : (int)wait);
        if (fds[1].revents != 0 && log_drain(unit.out, 'o') < 0) {
            close(unit.out);
            unit.out = -1;
        }
        if (fds[2].revents != 0 && log_drain(unit.err, 'e') < 0) {
            close(unit.err);
            unit.err = -1;
        }
        take_signals(signals);
        bool is_empty = reap();
        if (is_empty && unit.kill_at != 0) {
            goes_on = run_over();
        } else if (is_empty && unit.is_stopping) {
            goes_on = false;
        }
        goes_on = goes_on && do_what_is_due();
    }
}

int main(int argc, char **argv)
{
    bool is_check = argc == 2 && strcmp(argv[1], "--check") == 0;
    if (argc != 2) {
        fputs("edge-shim: started by edgeagent for a workload's process, with the unit's folder, or with --check for one of its checks; not by hand\n", stderr);
        return EX_USAGE;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGCHLD);
    /* Blocked at once: a stop that comes early is not lost. Ctrl-C at a terminal is the agent's. */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    unit.said = (struct state){ .phase = "", .result = "", .detail = "" };
    if (chdir(is_check ? "/" : argv[1]) != 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
        return fail(argv[1]);
    }
    int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        return fail("signalfd");
    }
    if (is_check) {
        return check_run(fd);
    }
    if (!spec_read(&spec, open("spec", O_RDONLY | O_CLOEXEC))) {
        return EX_CONFIG;
    }
    log_open(spec.log_bytes, spec.incarnation);
    run(fd);
    close_pipes();
    unit.child = 0;
    /* Asked to stop: nothing is left of it. Else the agent reads here how it ended, and stops the unit. */
    say(unit.is_stopping && !unit.is_late ? "gone" : "ended");
    return 0;
}

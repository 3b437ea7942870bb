/* edge-shim: one small supervisor for each unit of the process runtime. It outlives the agent. */
#ifndef EDGE_SHIM_H
#define EDGE_SHIM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum restart_rule { RESTART_ALWAYS, RESTART_ON_FAILURE, RESTART_NEVER };

/* What the agent wrote into the unit's folder: pairs of strings, each ended by a NUL. */
struct spec {
    char **argv;
    char **envp;
    enum restart_rule restart;
    int64_t backoff_max_ms;
    int64_t run_max_ms; /* 0: no limit */
    int stop_signal;
    int64_t stop_timeout_ms;
    int64_t log_bytes;
    const char *folder;      /* its working directory; null: the root */
    const char *incarnation; /* of the workload, which marks what it wrote; empty: unknown */
};

/* How often what was sent SIGKILL is looked for again, until nothing is left of it. */
enum { KILL_ROUND_MS = 20 };

/* Reads and closes the file. Returns false with a message on stderr. */
bool spec_read(struct spec *spec, int fd);

/* Reads "stop", which the agent may have written before it asks to stop; keeps the spec's rule where there is none. */
void spec_read_stop(struct spec *spec);

/* Starts the program in a session of its own, with its output in pipes that don't block; where err is null both are one pipe. 0, or the number of the error. */
int program_start(const struct spec *spec, pid_t *child, int *out, int *err);

/* One check: its spec is standard input, its answer goes to standard output. */
int check_run(int signals);

/* The unit's state for the agent, replaced in one step. */
struct state {
    const char *phase; /* running, waiting, stopping, ended, gone */
    pid_t pid;
    uint64_t pid_start; /* field 22 of /proc/PID/stat, so that a number given again is no confusion */
    int restarts;
    const char *result; /* success, start-failed, exit-code, killed, deadline */
    int status;
    int64_t started_us;
    const char *detail;
};

void state_write(const struct state *state);

uint64_t process_start_time(pid_t pid);

/* The log: two files that take turns, each at most half of the limit. */
void log_open(int64_t bytes, const char *incarnation);
/* Takes what a pipe has; whole lines go to the log with their time. 1: there may be more, 0: nothing now, -1: its end. */
int log_drain(int fd, char stream);
void log_flush(void);

/* Processes below this one, wherever they went: it is their reaper. */
int descendants_signal(int signal);

int64_t now_ms(void);
int64_t wall_us(void);

#endif

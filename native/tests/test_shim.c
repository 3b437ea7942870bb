/* The whole shim, built with the sanitizers as this program is: work that ends, that fails and is started again, that can't be started, and that won't end. */
#include "check.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20 * 1000, LOOK_MS = 10 };

static const char *shim;

static pid_t begin(const char *spec, size_t length)
{
    unlink("state");
    write_file("spec", spec, length);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        execl(shim, shim, ".", (char *)NULL);
        _exit(127);
    }
    return child;
}

#define BEGIN(spec) begin(spec, sizeof(spec) - 1)

static void wait_for(const char *file, const char *words)
{
    for (int waited = 0; strstr(read_text(file), words) == NULL; waited += LOOK_MS) {
        CHECK(waited < PATIENCE_MS);
        (void)poll(NULL, 0, LOOK_MS);
    }
}

static void ends_with(pid_t child, int code, const char *state)
{
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == code);
    CHECK(strstr(read_text("state"), state) != NULL);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    shim = argv[1];
    enter_folder();
    int status;

    ends_with(BEGIN("arg\0/bin/sh\0arg\0-c\0arg\0echo out; echo $GREETING >&2\0env\0GREETING=hello\0"), 0, "phase=ended\npid=0\npid-start=0\nrestarts=0\nresult=success\nstatus=0");
    CHECK(strstr(read_text("log"), " o out\n") != NULL && strstr(read_text("log"), " e hello\n") != NULL);

    ends_with(BEGIN("arg\0/nowhere/at/all\0"), 0, "result=start-failed\nstatus=2");
    ends_with(BEGIN("arg\0/bin/sh\0arg\0-c\0arg\0exit 3\0"), 0, "result=exit-code\nstatus=3");
    ends_with(BEGIN("arg\0/bin/sh\0arg\0-c\0arg\0sleep 100\0run-max-ms\0" "100\0stop-timeout-ms\0" "1000\0"), 0, "phase=ended\npid=0\npid-start=0\nrestarts=0\nresult=deadline");

    /* Started again after a failure, and what it left behind ends before. */
    pid_t again = BEGIN("arg\0/bin/sh\0arg\0-c\0arg\0sleep 100 & exit 1\0restart\0on-failure\0backoff-max-ms\0" "20\0stop-timeout-ms\0" "100\0");
    wait_for("state", "restarts=3");
    CHECK(kill(again, SIGTERM) == 0);
    ends_with(again, 0, "phase=gone");

    /* Deaf to the signal, and below it another that has left its session: the rule of the stop that was asked holds, and nothing is left. */
    pid_t deaf = BEGIN("arg\0/bin/sh\0arg\0-c\0arg\0trap '' TERM; setsid sleep 100 & echo ready; while :; do sleep 1; done\0stop-timeout-ms\0" "60000\0");
    wait_for("log", " o ready\n");
    write_file("stop", "stop-timeout-ms\0" "100\0", sizeof "stop-timeout-ms\0" "100\0" - 1);
    CHECK(kill(deaf, SIGTERM) == 0);
    ends_with(deaf, 0, "phase=gone");

    pid_t bad = BEGIN("env\0A=1\0");
    CHECK(waitpid(bad, &status, 0) == bad && WEXITSTATUS(status) == EX_CONFIG);
    return 0;
}

/* The state is replaced whole, a long detail is cut, and processes are told apart from those that have their number later. */
#include "../shim/shim.h"
#include "check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t sleeper(void)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        for (;;) {
            pause();
        }
    }
    return child;
}

int main(void)
{
    enter_folder();
    static char detail[4096];
    memset(detail, 'd', sizeof detail - 1);
    struct state state = { .phase = "running", .pid = 7, .pid_start = 8, .restarts = 2, .result = "killed", .status = 9, .started_us = 10, .detail = detail };
    state_write(&state);
    const char *text = read_text("state");
    CHECK(strstr(text, "\nphase=running\npid=7\npid-start=8\nrestarts=2\nresult=killed\nstatus=9\nstarted-us=10\ndetail=ddd") != NULL);
    CHECK(strlen(strstr(text, "detail=")) == strlen("detail=") + 1024 + 1 && text[strlen(text) - 1] == '\n');
    CHECK(access("state.new", F_OK) != 0);

    CHECK(process_start_time(getpid()) > 0);
    CHECK(process_start_time(999999999) == 0);

    /* Grandchildren too, wherever they went; nobody else. */
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
    CHECK(descendants_signal(0) == 0);
    int told[2];
    CHECK(pipe(told) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        pid_t grandchild = sleeper();
        CHECK(write(told[1], &grandchild, sizeof grandchild) == sizeof grandchild);
        for (;;) {
            pause();
        }
    }
    pid_t grandchild = 0;
    CHECK(read(told[0], &grandchild, sizeof grandchild) == sizeof grandchild);
    CHECK(descendants_signal(SIGKILL) == 2);
    int status;
    int ended = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, 0)) > 0; ended++) {
        CHECK((pid == child || pid == grandchild) && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    CHECK(ended == 2);
    CHECK(now_ms() > 0 && wall_us() > 1500000000000000);
    return 0;
}

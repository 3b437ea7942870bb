#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* In the child: becomes the program, or sends the error number back. */
static void become(const struct spec *spec, int out, int err, int report, pid_t shim)
{
    sigset_t none;
    sigemptyset(&none);
    setsid();
    for (int signal = 1; signal < NSIG; signal++) {
        struct sigaction action = { .sa_handler = SIG_DFL };
        (void)sigaction(signal, &action, NULL);
    }
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* The shim's end is the program's end: nobody else would restart, stop or report it. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    int in = open("/dev/null", O_RDONLY);
    if (getppid() != shim || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) {
        _exit(EX_OSERR);
    }
    if (chdir(spec->folder != NULL ? spec->folder : "/") < 0) {
        int error = errno;
        (void)!write(report, &error, sizeof error);
        _exit(EX_OSERR);
    }
    if (in > 2) {
        close(in);
    }
    environ = spec->envp;
    execvp(spec->argv[0], spec->argv);
    int error = errno;
    (void)!write(report, &error, sizeof error);
    _exit(EX_UNAVAILABLE);
}

static void close_pipe(int ends[2])
{
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0) {
            close(ends[i]);
        }
        ends[i] = -1;
    }
}

int program_start(const struct spec *spec, pid_t *child, int *out, int *err)
{
    int outs[2] = { -1, -1 };
    int errs[2] = { -1, -1 };
    int report[2] = { -1, -1 };
    pid_t shim = getpid();
    pid_t pid = -1;
    int error = 0;
    if (pipe2(outs, O_CLOEXEC) != 0 || (err != NULL && pipe2(errs, O_CLOEXEC) != 0) || pipe2(report, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
        error = errno;
    } else if (pid == 0) {
        become(spec, outs[1], err != NULL ? errs[1] : outs[1], report[1], shim);
    } else {
        close(report[1]);
        report[1] = -1;
        /* Closed by exec, or the number of the error. */
        if (read(report[0], &error, sizeof error) != sizeof error) {
            error = 0;
        } else {
            waitpid(pid, NULL, 0);
        }
    }
    close_pipe(report);
    if (error != 0) {
        close_pipe(outs);
        close_pipe(errs);
        return error;
    }
    close(outs[1]);
    fcntl(outs[0], F_SETFL, O_NONBLOCK);
    *out = outs[0];
    if (err != NULL) {
        close(errs[1]);
        fcntl(errs[0], F_SETFL, O_NONBLOCK);
        *err = errs[0];
    }
    *child = pid;
    return 0;
}

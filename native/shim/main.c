#include <stdio.h>
#include <sysexits.h>

/* The usage alone: the shim that stands between the agent and a plain child process is written with the process runtime. */
int main(void)
{
    fputs("edge-shim: started by edgeagent for a workload's process, not by hand; this build has no such work in it\n", stderr);
    return EX_USAGE;
}

/* What the agent wrote is read as it was meant; what is cut short, strange or missing is refused or left out, and read no further than it goes. */
#include "../shim/shim.h"
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define WRITE(name, bytes) write_file(name, bytes, sizeof(bytes) - 1)

static const struct spec none = { .restart = RESTART_NEVER, .backoff_max_ms = 1, .run_max_ms = 2, .stop_signal = 3, .stop_timeout_ms = 4, .log_bytes = 5 };

/* Strings stay in their file's text, for as long as the program lives: what was read before is kept as the shim keeps it. */
static struct spec kept[8];

static void forget(struct spec *spec)
{
    static int count;
    kept[count++] = *spec;
    *spec = none;
}

int main(void)
{
    struct spec spec = none;
    enter_folder();
    CHECK(!spec_read(&spec));

    WRITE("spec", "arg\0/bin/sh\0arg\0-c\0arg\0two words\nand lines\0env\0A=1\0env\0B=\0restart\0on-failure\0backoff-max-ms\0" "1000\0run-max-ms\0" "9000000000\0stop-signal\0" "2\0stop-timeout-ms\0" "500\0log-bytes\0" "4096\0unknown\0x\0");
    CHECK(spec_read(&spec));
    CHECK(strcmp(spec.argv[0], "/bin/sh") == 0 && strcmp(spec.argv[2], "two words\nand lines") == 0 && spec.argv[3] == NULL);
    CHECK(strcmp(spec.envp[0], "A=1") == 0 && strcmp(spec.envp[1], "B=") == 0 && spec.envp[2] == NULL);
    CHECK(spec.restart == RESTART_ON_FAILURE && spec.backoff_max_ms == 1000 && spec.run_max_ms == 9000000000 && spec.stop_signal == SIGINT);
    CHECK(spec.stop_timeout_ms == 500 && spec.log_bytes == 4096);

    /* A stop changes its own part and nothing else; where none was written the older rule holds. */
    spec_read_stop(&spec);
    CHECK(spec.stop_signal == SIGINT);
    WRITE("stop", "stop-signal\0" "15\0stop-timeout-ms\0" "7\0");
    spec_read_stop(&spec);
    CHECK(spec.stop_signal == SIGTERM && spec.stop_timeout_ms == 7 && spec.log_bytes == 4096);
    forget(&spec);

    /* A write that a full disk cut: a key without its value, a value without its end. */
    WRITE("spec", "arg\0/bin/true\0env");
    CHECK(spec_read(&spec) && spec.envp == NULL);
    forget(&spec);
    WRITE("spec", "arg\0/bin/tr");
    CHECK(spec_read(&spec) && strcmp(spec.argv[0], "/bin/tr") == 0);
    forget(&spec);
    WRITE("spec", "env\0A=1\0");
    CHECK(!spec_read(&spec));
    free(spec.envp);
    spec = none;
    WRITE("spec", "");
    CHECK(!spec_read(&spec));
    return 0;
}

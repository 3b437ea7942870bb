/* Lines are kept with their time and stream, whole however they come; a long one is cut; two files take turns within the limit. */
#include "../shim/shim.h"
#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIMIT = 4096, LINE_MAX_BYTES = 8191 };

/* What a process writes into its pipe, all of it taken. */
static void say(char stream, const char *bytes, size_t length)
{
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    CHECK(write(ends[1], bytes, length) == (ssize_t)length);
    while (log_drain(ends[0], stream) > 0) {
    }
    CHECK(log_drain(ends[0], stream) == 0);
    close(ends[1]);
    CHECK(log_drain(ends[0], stream) == -1);
    close(ends[0]);
}

static void say_text(char stream, const char *text) { say(stream, text, strlen(text)); }

static long size_of(const char *name)
{
    struct stat about;
    return stat(name, &about) == 0 ? (long)about.st_size : 0;
}

int main(void)
{
    enter_folder();
    log_open(LIMIT);
    say_text('o', "one\ntw");
    say_text('e', "an error\n");
    say_text('o', "o\nleft");
    log_flush();
    long long at[4];
    char text[4][32];
    const char *log = read_text("log");
    CHECK(sscanf(log, "%lld o %31[^\n]\n%lld e %31[^\n]\n%lld o %31[^\n]\n%lld o %31[^\n]\n", &at[0], text[0], &at[1], text[1], &at[2], text[2], &at[3], text[3]) == 8);
    CHECK(strcmp(text[0], "one") == 0 && strcmp(text[1], "an error") == 0 && strcmp(text[2], "two") == 0 && strcmp(text[3], "left") == 0);
    CHECK(at[0] > 1500000000000000 && at[3] >= at[0]);

    /* Exactly as long as a line may be, and one more; with no end of line in sight, and bytes that are no text. */
    static char longest[LINE_MAX_BYTES + 2];
    memset(longest, 'x', sizeof longest);
    longest[3] = '\0';
    say('o', longest, LINE_MAX_BYTES);
    say('o', "\n", 1);
    say('o', longest, sizeof longest);
    log_flush();
    CHECK(size_of("log") > 0 && size_of("log.old") > 0);

    for (int i = 0; i < 500; i++) {
        say_text('o', "a line of forty bytes or thereabouts....\n");
        CHECK(size_of("log") <= LIMIT / 2 || i == 0);
        CHECK(size_of("log") + size_of("log.old") <= LIMIT || i < 100);
    }
    return 0;
}

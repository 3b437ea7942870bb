#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 8 * 1024, HEAD_BYTES_MAX = 48, STREAMS = 2 };

/*
 * Lines as they came, one a line: its time in microseconds since 1970, the stream (o or e), a space, the text. A line of the stream i names the workload's
 * incarnation that wrote what follows: each file begins with one, so that the files stay readable when older ones are gone.
 */
static struct {
    int fd;
    int64_t size;
    int64_t limit;
    int64_t begun; /* how long it is with nothing but its first line: one that is longer than a file has a file of its own */
    const char *incarnation;
    char partial[STREAMS][LINE_BYTES_MAX];
    size_t have[STREAMS];
} ring = { .fd = -1, .incarnation = "" };

/* A full disk loses lines, never the work. */
static void append(char stream, const char *text, size_t length)
{
    char line[LINE_BYTES_MAX + HEAD_BYTES_MAX];
    int before = snprintf(line, HEAD_BYTES_MAX, "%lld %c ", (long long)wall_us(), stream);
    memcpy(line + before, text, length);
    size_t total = (size_t)before + length;
    line[total++] = '\n';
    if (ring.fd >= 0 && write(ring.fd, line, total) == (ssize_t)total) {
        ring.size += (int64_t)total;
    }
}

static void open_file(void)
{
    ring.fd = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ring.size = ring.fd < 0 ? 0 : lseek(ring.fd, 0, SEEK_END);
    bool is_new = ring.size == 0;
    append('i', ring.incarnation, strnlen(ring.incarnation, LINE_BYTES_MAX));
    ring.begun = is_new ? ring.size : 0;
}

void log_open(int64_t bytes, const char *incarnation)
{
    ring.limit = bytes / 2;
    ring.incarnation = incarnation;
    open_file();
}

static void write_line(char stream, const char *text, size_t length)
{
    if (ring.fd >= 0 && ring.size + (int64_t)(length + HEAD_BYTES_MAX) > ring.limit && ring.size > ring.begun) {
        close(ring.fd);
        (void)rename("log", "log.old");
        open_file();
    }
    if (ring.fd < 0) {
        open_file();
    }
    append(stream, text, length);
}

int log_drain(int fd, char stream)
{
    char chunk[LINE_BYTES_MAX];
    int index = stream == 'o' ? 0 : 1;
    ssize_t got = read(fd, chunk, sizeof chunk);
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    for (ssize_t i = 0; i < got; i++) {
        if (chunk[i] == '\n' || ring.have[index] == LINE_BYTES_MAX - 1) {
            write_line(stream, ring.partial[index], ring.have[index]);
            ring.have[index] = 0;
        }
        if (chunk[i] != '\n') {
            ring.partial[index][ring.have[index]++] = chunk[i];
        }
    }
    return got > 0 ? 1 : -1;
}

void log_flush(void)
{
    for (int index = 0; index < STREAMS; index++) {
        if (ring.have[index] > 0) {
            write_line(index == 0 ? 'o' : 'e', ring.partial[index], ring.have[index]);
            ring.have[index] = 0;
        }
    }
}

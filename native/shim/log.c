#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 8 * 1024, STREAMS = 2 };

/* Lines as they came, one a line: its time in microseconds since 1970, the stream (o or e), a space, the text. */
static struct {
    int fd;
    int64_t size;
    int64_t limit;
    char partial[STREAMS][LINE_BYTES_MAX];
    size_t have[STREAMS];
} ring = { .fd = -1 };

static void open_file(void)
{
    ring.fd = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ring.size = ring.fd < 0 ? 0 : lseek(ring.fd, 0, SEEK_END);
}

void log_open(int64_t bytes)
{
    ring.limit = bytes / 2;
    open_file();
}

static void write_line(char stream, const char *text, size_t length)
{
    char head[48];
    int before = snprintf(head, sizeof head, "%lld %c ", (long long)wall_us(), stream);
    char line[LINE_BYTES_MAX + sizeof head];
    memcpy(line, head, (size_t)before);
    memcpy(line + before, text, length);
    size_t total = (size_t)before + length;
    line[total++] = '\n';
    if (ring.fd >= 0 && ring.size + (int64_t)total > ring.limit && ring.size > 0) {
        close(ring.fd);
        (void)rename("log", "log.old");
        open_file();
    }
    if (ring.fd < 0) {
        open_file();
    }
    /* A full disk loses lines, never the work. */
    if (ring.fd >= 0 && write(ring.fd, line, total) == (ssize_t)total) {
        ring.size += (int64_t)total;
    }
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

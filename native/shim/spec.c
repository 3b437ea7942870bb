#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SPEC_BYTES_MAX = 16 * 1024 * 1024 };

/* The whole file with a NUL behind it, or null; it is closed. */
static char *read_file(int fd, size_t *length)
{
    struct stat about;
    char *text = NULL;
    if (fd >= 0 && fstat(fd, &about) == 0 && about.st_size <= SPEC_BYTES_MAX) {
        text = malloc((size_t)about.st_size + 1);
        size_t have = 0;
        while (text != NULL && have < (size_t)about.st_size) {
            ssize_t got = read(fd, text + have, (size_t)about.st_size - have);
            if (got <= 0) {
                break;
            }
            have += (size_t)got;
        }
        if (text != NULL) {
            text[have] = '\0';
            *length = have;
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    return text;
}

/* The next string of the file, or null at its end. */
static char *next_string(char **at, const char *end)
{
    char *text = *at;
    if (text >= end) {
        return NULL;
    }
    *at = text + strlen(text) + 1;
    return text;
}

static bool add(char ***list, size_t *count, char *text)
{
    char **longer = realloc(*list, (*count + 2) * sizeof(char *));
    if (longer == NULL) {
        return false;
    }
    *list = longer;
    longer[(*count)++] = text;
    longer[*count] = NULL;
    return true;
}

static void set_number(struct spec *spec, const char *key, const char *value)
{
    long long number = strtoll(value, NULL, 10);
    if (strcmp(key, "backoff-max-ms") == 0) {
        spec->backoff_max_ms = number;
    } else if (strcmp(key, "run-max-ms") == 0) {
        spec->run_max_ms = number;
    } else if (strcmp(key, "stop-signal") == 0) {
        spec->stop_signal = (int)number;
    } else if (strcmp(key, "stop-timeout-ms") == 0) {
        spec->stop_timeout_ms = number;
    } else if (strcmp(key, "log-bytes") == 0) {
        spec->log_bytes = number;
    }
}

bool spec_read(struct spec *spec, int fd)
{
    size_t length = 0;
    char *text = read_file(fd, &length);
    if (text == NULL) {
        fprintf(stderr, "edge-shim: the unit's spec can't be read: %s\n", strerror(errno));
        return false;
    }
    size_t arguments = 0;
    size_t variables = 0;
    char *at = text;
    char *key;
    char *value;
    /* The strings stay in the file's text, which lives as long as the shim. */
    while ((key = next_string(&at, text + length)) != NULL && (value = next_string(&at, text + length)) != NULL) {
        bool added = true;
        if (strcmp(key, "arg") == 0) {
            added = add(&spec->argv, &arguments, value);
        } else if (strcmp(key, "env") == 0) {
            added = add(&spec->envp, &variables, value);
        } else if (strcmp(key, "folder") == 0) {
            spec->folder = value;
        } else if (strcmp(key, "incarnation") == 0) {
            spec->incarnation = value;
        } else if (strcmp(key, "restart") == 0) {
            spec->restart = strcmp(value, "always") == 0 ? RESTART_ALWAYS : strcmp(value, "on-failure") == 0 ? RESTART_ON_FAILURE : RESTART_NEVER;
        } else {
            set_number(spec, key, value);
        }
        if (!added) {
            fputs("edge-shim: no memory\n", stderr);
            return false;
        }
    }
    if (arguments == 0) {
        fputs("edge-shim: the unit's spec has no command\n", stderr);
        free(text);
        return false;
    }
    return true;
}

void spec_read_stop(struct spec *spec)
{
    size_t length = 0;
    char *text = read_file(open("stop", O_RDONLY | O_CLOEXEC), &length);
    char *at = text;
    char *key;
    char *value;
    while (text != NULL && (key = next_string(&at, text + length)) != NULL && (value = next_string(&at, text + length)) != NULL) {
        set_number(spec, key, value);
    }
    free(text);
}

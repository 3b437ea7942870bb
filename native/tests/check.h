/* What a test program needs: a check that names itself, and a folder of its own that is the working directory, as the shim's is the unit's. */
#ifndef EDGE_CHECK_H
#define EDGE_CHECK_H

#include <stddef.h>

#define CHECK(condition) check((condition), #condition, __FILE__, __LINE__)

/* Ends the program with the place and the text of what doesn't hold. */
void check(int holds, const char *what, const char *file, int line);

/* Makes a folder and enters it; it is removed at the program's end. */
void enter_folder(void);

void write_file(const char *name, const char *bytes, size_t length);

/* The whole file with a NUL behind it, in memory that lasts until the next call; empty where there is none. */
const char *read_text(const char *name);

#endif

/* What the agent calls in C because P/Invoke cannot say it. */
#ifndef EDGE_NATIVE_H
#define EDGE_NATIVE_H

#define EDGE_API __attribute__((visibility("default")))

/* Grows by one with every change of a signature below. The agent compares it at start, because the shared
   library that tests load may be older than the code that calls it. */
#define EDGE_NATIVE_ABI 1

EDGE_API int edge_native_abi(void);

#endif

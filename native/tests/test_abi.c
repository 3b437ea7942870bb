/* The number that the agent compares is the one of the header it was written against. */
#include "check.h"
#include "edge_native.h"

int main(void)
{
    CHECK(edge_native_abi() == EDGE_NATIVE_ABI);
    return 0;
}

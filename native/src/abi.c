#include "edge_native.h"

int edge_native_abi(void)
{
    return EDGE_NATIVE_ABI;
}

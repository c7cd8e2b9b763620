/*
 * What compilers call where the CPU has no instruction, so that no library of theirs is needed:
 * even of shifts and sums they make products.
 */

#include <stdint.h>

uint32_t __mulsi3(uint32_t a, uint32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);

uint32_t __mulsi3(uint32_t a, uint32_t b)
{
    uint32_t found = 0;

    for (; b; b >>= 1) {
        if (b & 1)
            found += a;
        a += a;
    }
    return found;
}

uint64_t __muldi3(uint64_t a, uint64_t b)
{
    uint64_t found = 0;

    for (; b; b >>= 1) {
        if (b & 1)
            found += a;
        a += a;
    }
    return found;
}

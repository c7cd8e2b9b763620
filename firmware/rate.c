/*
 * Firing rates in integers: neither the CPU nor the compiler's library multiplies or divides.
 *
 * spikes * 10^10 / (neurons * steps * dt_ns) has 66 bits above and 96 below, so that numbers have
 * 128 here.
 */

#include "rate.h"

#include <stdbool.h>

#define TENTHS_PER_GIGA 10000000000u /* tenths of Hz of a spike per ns */

struct wide {
    uint64_t high, low;
};

static struct wide sum(struct wide a, struct wide b)
{
    uint64_t low = a.low + b.low;

    return (struct wide){a.high + b.high + (low < a.low), low};
}

static struct wide difference(struct wide a, struct wide b)
{
    return (struct wide){a.high - b.high - (a.low < b.low), a.low - b.low};
}

static bool below(struct wide a, struct wide b)
{
    return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static struct wide half(struct wide a)
{
    return (struct wide){a.high >> 1, a.low >> 1 | a.high << 63};
}

static struct wide product(struct wide a, uint64_t b)
{
    struct wide found = {0, 0};

    for (; b; b >>= 1) {
        if (b & 1)
            found = sum(found, a);
        a = sum(a, a);
    }
    return found;
}

uint64_t rate_tenths(uint32_t spikes, uint32_t neurons, uint32_t steps, uint32_t dt_ns)
{
    struct wide above = product((struct wide){0, spikes}, TENTHS_PER_GIGA);
    struct wide under = product(product((struct wide){0, neurons}, steps), dt_ns);
    uint64_t found = 0;
    struct wide part = {0, 0}; /* of the bits of `above` that came down so far, the remainder */

    above = sum(above, half(under)); /* to round */
    for (unsigned n = 0; n < 128; n++) {
        uint64_t top = above.high >> 63;

        above = sum(above, above);
        part = sum(part, part);
        part.low |= top;
        if (found >> 63)
            return UINT64_MAX;
        found <<= 1;
        if (!below(part, under)) {
            part = difference(part, under);
            found |= 1;
        }
    }
    return found;
}

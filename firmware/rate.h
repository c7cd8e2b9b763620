/* Firing rates in integers. */

#ifndef BITCORTEX_RATE_H
#define BITCORTEX_RATE_H

#include <stdint.h>

/*
 * Return the mean rate of some neurons in tenths of Hz, exact and then rounded half up, for any
 * values but 0 of the last three; 2^64 - 1 if it is more than that.
 */
uint64_t rate_tenths(uint32_t spikes, uint32_t neurons, uint32_t steps, uint32_t dt_ns);

#endif

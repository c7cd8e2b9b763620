/* The driver of the accelerator: what bitcortex.host.board does, on the CPU beside it. */

#ifndef BITCORTEX_COLUMN_H
#define BITCORTEX_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

/* What can be asked for returns false once it has said what is wrong. */

/* Whether a network is loaded, so that steps can be run. */
bool column_ready(void);

/* Check image and accelerator, write synapses and states. */
bool column_load(void);

/* Load no network before the next `column_load`. */
void column_forget(void);

/* Go back to the beginning: the states of the image again. */
bool column_reset(void);

/* Run steps; Ctrl-C ends it early. */
bool column_run(uint32_t steps);

uint32_t column_step(void);
uint64_t column_spikes(void); /* since the beginning, as are those of a population */
uint64_t column_hash(void);
uint32_t column_population_spikes(uint32_t number);
uint32_t column_lanes(void);
uint32_t column_clock_hz(void);

#endif

/* The SDRAM, where there is one. */

#ifndef BITCORTEX_SDRAM_H
#define BITCORTEX_SDRAM_H

#include <stdbool.h>
#include <stdint.h>

/* Initialise and test the SDRAM, and say how it went. What was in it is lost. */
bool sdram_begin(void);

#endif

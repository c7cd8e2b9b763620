/* An image that comes by the console. */

#ifndef BITCORTEX_RECEIVE_H
#define BITCORTEX_RECEIVE_H

#include <stdbool.h>
#include <stdint.h>

/* Take the words of an image into the SDRAM, and say how it went; decision 0016 has the bytes. */
bool receive_image(uint32_t words, uint32_t crc);

#endif

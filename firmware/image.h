/*
 * The network's image, as bitcortex.firmware.image writes it: behind the program in the ROM, or in the
 * SDRAM where there is one.
 */

#ifndef BITCORTEX_IMAGE_H
#define BITCORTEX_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "addresses.h"
#include "memory.h"

#define IMAGE_MAGIC 0x69637462u /* "btci", the first byte lowest */
#define IMAGE_VERSION 1u

struct image {
    uint32_t magic;
    uint32_t version;
    uint32_t words; /* that follow `crc` */
    uint32_t crc;   /* CRC-32 of them */
    uint32_t digest[8];
    uint32_t dt_ns;
    uint32_t neurons;
    uint32_t populations;
    uint32_t name;     /* where, in words from the beginning: text */
    uint32_t table;    /* of populations, `struct population` */
    uint32_t synapses; /* words for the loader */
    uint32_t synapse_words;
    uint32_t synapse_crc;
    uint32_t states; /* words for the loader */
    uint32_t state_words;
    uint32_t state_crc;
};

struct population {
    uint32_t name; /* as above */
    uint32_t neurons;
};

#ifdef BITCORTEX_SDRAM_BYTES
#define IMAGE_PLACE "SDRAM"
#define IMAGE_DAMAGED "Send it again, or type memory"
#define IMAGE_AGAIN "Send that of the bitstream's bundle"
#define network_image (*(const struct image *)BITCORTEX_SDRAM_BASE)
#else
#define IMAGE_PLACE "ROM"
#define IMAGE_DAMAGED "Load the bitstream again"
#define IMAGE_AGAIN "Build the bitstream again"
extern const struct image network_image;
#endif

/* CRC-32 of zlib of words. */
uint32_t image_crc(const uint32_t *words, uint32_t count);

/* Say how many words of the SDRAM an image has that has arrived; 0 for none. */
void image_set_words(uint32_t words);

/* Say what is wrong with the image, if anything is. */
bool image_is_right(void);

const char *image_text(uint32_t at);
const uint32_t *image_words(uint32_t at);
const struct population *image_population(uint32_t number);

#endif

/* The network's image: whether it is as it was written, and where things are in it. */

#include "image.h"

#include "console.h"

#ifdef BITCORTEX_SDRAM_BYTES
static uint32_t arrived; /* words of it */

void image_set_words(uint32_t words)
{
    arrived = words;
}

/* Say that there is no image, if so. What is in the memory at power-on is none. */
static bool has_arrived(void)
{
    bool whole = arrived > 4 && network_image.words <= arrived - 4;

    if (!whole)
        console_text("error: there must be an image in the SDRAM. Send one with: bitcortex console "
                     "PORT --send BUNDLE\n");
    return whole;
}
#else
static bool has_arrived(void)
{
    return true;
}
#endif

/* Half a byte at a time. */
uint32_t image_crc(const uint32_t *words, uint32_t count)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158,
        0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4,
        0xa00ae278, 0xbdbdf21c,
    };
    uint32_t found = ~0u;

    while (count--) {
        found ^= *words++;
        for (unsigned n = 0; n < 8; n++)
            found = found >> 4 ^ table[found & 0xf];
    }
    return ~found;
}

bool image_is_right(void)
{
    const struct image *image = &network_image;
    uint32_t found;

    if (!has_arrived())
        return false;
    if (image->magic != IMAGE_MAGIC || image->version != IMAGE_VERSION) {
        console_text("error: there must be an image of version 1 in the " IMAGE_PLACE ", not 0x");
        console_hex(image->magic, 8);
        console_text(" version ");
        console_decimal(image->version);
        console_text(". " IMAGE_AGAIN "\n");
        return false;
    }
    found = image_crc(image->digest, image->words);
    if (found != image->crc) {
        console_text("error: the image must have CRC-32 0x");
        console_hex(image->crc, 8);
        console_text(", not 0x");
        console_hex(found, 8);
        console_text(": it is damaged. " IMAGE_DAMAGED "\n");
        return false;
    }
    return true;
}

const uint32_t *image_words(uint32_t at)
{
    return (const uint32_t *)&network_image + at;
}

const char *image_text(uint32_t at)
{
    return (const char *)image_words(at);
}

const struct population *image_population(uint32_t number)
{
    return (const struct population *)image_words(network_image.table) + number;
}

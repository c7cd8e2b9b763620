/* An image that comes by the console, in blocks, so that none of its bytes can be lost. */

#include "receive.h"

#include "addresses.h"
#include "console.h"
#include "image.h"
#include "memory.h"

#ifdef BITCORTEX_SDRAM_BYTES

#define BLOCK 0x02u     /* in front of each */
#define CONTROL_C 0x03u /* instead of one */
#define LOOKS (BITCORTEX_CPU_HZ / 16u) /* for a byte; one takes more than 16 cycles: a second */

/* Say after how many words it ended. */
static bool ended(uint32_t done, uint32_t words, const char *why)
{
    console_text("\nerror: the image must have ");
    console_decimal(words);
    console_text(" words, but ");
    console_text(why);
    console_text(" after ");
    console_decimal(done);
    console_text(". Send it again\n");
    return false;
}

static bool take_word(uint32_t *word)
{
    uint8_t byte;

    for (unsigned shift = 0; shift < 32; shift += 8) {
        if (!console_byte(&byte, LOOKS))
            return false;
        *word = *word >> 8 | (uint32_t)byte << 24;
    }
    return true;
}

bool receive_image(uint32_t words, uint32_t crc)
{
    volatile uint32_t *memory = (volatile uint32_t *)BITCORTEX_SDRAM_BASE;
    uint32_t done = 0, word = 0;

    image_set_words(0);
    console_text("send blocks of ");
    console_decimal(BITCORTEX_BLOCK_BYTES);
    console_text(" bytes\n");
    while (done < words) {
        uint32_t end = words - done < BITCORTEX_BLOCK_BYTES / 4 ? words
                                                                : done + BITCORTEX_BLOCK_BYTES / 4;
        uint8_t lead;

        if (!console_byte(&lead, LOOKS))
            return ended(done, words, "nothing came");
        if (lead == CONTROL_C)
            return ended(done, words, "Ctrl-C came");
        if (lead != BLOCK)
            return ended(done, words, "something other than 0x02 and a block came");
        while (done < end) {
            if (!take_word(&word))
                return ended(done, words, "nothing came");
            memory[done++] = word;
        }
        console_text(".");
    }
    console_text("\n");
    uint32_t found = image_crc((const uint32_t *)BITCORTEX_SDRAM_BASE, words);
    if (found != crc) {
        console_text("error: the image must arrive with CRC-32 0x");
        console_hex(crc, 8);
        console_text(", not 0x");
        console_hex(found, 8);
        console_text(". Send it again\n");
        return false;
    }
    image_set_words(words);
    console_text("received ");
    console_decimal(words);
    console_text(" words, CRC-32 0x");
    console_hex(crc, 8);
    console_text("\n");
    return true;
}

#endif

/* The SDRAM: LiteDRAM's own initialisation, step by step, and a quick test. */

#include "sdram.h"

#include "addresses.h"
#include "console.h"
#include "memory.h"

#ifdef BITCORTEX_SDRAM_BYTES

#define WORDS (BITCORTEX_SDRAM_BYTES / 4u)
#define RUN 64u     /* words one behind the other that are tested */
#define SPREAD 128u /* words over all of the memory */

struct step {
    uint32_t offset, value, address, bank, delay;
};

static volatile uint32_t *control(uint32_t offset)
{
    return (volatile uint32_t *)(BITCORTEX_SDRAM_CONTROL_BASE + offset);
}

static void initialise(void)
{
    static const struct step steps[] = {BITCORTEX_SDRAM_STEPS};

    for (unsigned n = 0; n < sizeof steps / sizeof *steps; n++) {
        const struct step *step = &steps[n];

        *control(BITCORTEX_SDRAM_DFII_PI0_ADDRESS_OFFSET) = step->address;
        *control(BITCORTEX_SDRAM_DFII_PI0_BADDRESS_OFFSET) = step->bank;
        *control(step->offset) = step->value;
        if (step->offset == BITCORTEX_SDRAM_DFII_PI0_COMMAND_OFFSET)
            *control(BITCORTEX_SDRAM_DFII_PI0_COMMAND_ISSUE_OFFSET) = 1;
        for (uint32_t left = step->delay; left; left--)
            __asm__ volatile(""); /* more than a cycle each */
    }
}

/* Return the n-th word that is tested; WORDS after the last one. */
static uint32_t place(uint32_t n)
{
    if (n < RUN)
        return n;
    n -= RUN;
    for (uint32_t line = RUN; line < WORDS; line <<= 1) { /* the address lines above */
        if (!n--)
            return line;
    }
    n++; /* place 0 is one of the run */
    return n < SPREAD ? n * (WORDS / SPREAD) + n : WORDS;
}

/* A word that no other place has: xorshift, which maps each to another one. */
static uint32_t pattern(uint32_t at)
{
    at++;
    at ^= at << 13;
    at ^= at >> 17;
    at ^= at << 5;
    return at;
}

/* Return the number of places, or 0 once it has said which one does not keep a word. */
static uint32_t test(uint32_t inverted)
{
    volatile uint32_t *memory = (volatile uint32_t *)BITCORTEX_SDRAM_BASE;
    uint32_t n, at;

    for (n = 0; (at = place(n)) < WORDS; n++)
        memory[at] = pattern(at) ^ inverted;
    for (n = 0; (at = place(n)) < WORDS; n++) {
        uint32_t found = memory[at], wanted = pattern(at) ^ inverted;

        if (found == wanted)
            continue;
        console_text("error: the SDRAM must keep 0x");
        console_hex(wanted, 8);
        console_text(" at 0x");
        console_hex(BITCORTEX_SDRAM_BASE + 4 * at, 8);
        console_text(", not 0x");
        console_hex(found, 8);
        console_text(". Type memory to test it again; else build with a lower --sys-clk-freq, or "
                     "without --sdram\n");
        return 0;
    }
    return n;
}

bool sdram_begin(void)
{
    uint32_t count;

    initialise();
    if (!test(0) || !(count = test(~0u)))
        return false;
    console_text("SDRAM of ");
    console_decimal(BITCORTEX_SDRAM_BYTES >> 20);
    console_text(" MiB, right at ");
    console_decimal(count);
    console_text(" places\n");
    return true;
}

#endif

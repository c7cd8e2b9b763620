/* The driver of the accelerator. The order of things is that of docs/accelerator.md. */

#include "column.h"

#include "addresses.h"
#include "console.h"
#include "image.h"
#include "registers.h"

#define CHUNK 1000u          /* steps between two looks at the console */
#define PATIENCE 10000000u   /* looks at `status`, after which the accelerator is given up */

static bool ready;

static volatile uint32_t *at(uint32_t offset)
{
    return (volatile uint32_t *)(BITCORTEX_CSR_BASE + offset);
}

#define REGISTER(name) (*at(BITCORTEX_##name##_OFFSET))

static uint64_t both(uint32_t offset)
{
    uint64_t low = at(offset)[0]; /* keeps the other one */

    return (uint64_t)at(offset)[1] << 32 | low;
}

static bool has_ended(void)
{
    for (uint32_t n = 0; n < PATIENCE; n++) {
        if (!(REGISTER(STATUS) & BITCORTEX_STATUS_BUSY_MASK))
            return true;
    }
    console_text("error: the accelerator must come to rest, but is still busy. Load the bitstream "
                 "again\n");
    return false;
}

/* Write words to the loader; they have arrived if it counts the same CRC. */
static bool upload(const char *what, const uint32_t *words, uint32_t count, uint32_t crc)
{
    REGISTER(CONTROL) = BITCORTEX_CONTROL_CLEAR_LOAD_MASK;
    for (uint32_t n = 0; n < count; n++)
        *(volatile uint32_t *)BITCORTEX_LOAD_BASE = words[n];
    uint32_t error = REGISTER(STATUS) & BITCORTEX_STATUS_LOAD_ERROR_MASK;
    if (!error && REGISTER(LOADED) == count && REGISTER(CRC) == crc)
        return true;
    console_text("error: the ");
    console_text(what);
    console_text(" must arrive with CRC-32 0x");
    console_hex(crc, 8);
    console_text(", not 0x");
    console_hex(REGISTER(CRC), 8);
    console_text(", load_error ");
    console_decimal(error >> BITCORTEX_STATUS_LOAD_ERROR_SHIFT);
    console_text(". " IMAGE_DAMAGED "\n");
    return false;
}

static bool begin(bool with_synapses)
{
    const struct image *image = &network_image;

    ready = false;
    REGISTER(PAUSE) = 0;
    REGISTER(RECORD) = 0;
    REGISTER(CONTROL) = BITCORTEX_CONTROL_RESET_MASK;
    if (!has_ended())
        return false;
    if (with_synapses && !upload("synapses", image_words(image->synapses), image->synapse_words,
                                 image->synapse_crc))
        return false;
    if (!upload("states", image_words(image->states), image->state_words, image->state_crc))
        return false;
    REGISTER(CONTROL) = BITCORTEX_CONTROL_CLEAR_TRACE_MASK;
    ready = true;
    return true;
}

static bool is_the_accelerator_of_the_image(void)
{
    bool same = REGISTER(MAGIC) == BITCORTEX_MAGIC_VALUE;

    same &= REGISTER(MAP_VERSION) == BITCORTEX_MAP_VERSION_VALUE;
    for (unsigned n = 0; n < BITCORTEX_DIGEST_WORDS; n++)
        same &= at(BITCORTEX_DIGEST_OFFSET)[n] == network_image.digest[n];
    if (!same)
        console_text("error: the accelerator must hold the Plan of the image, not another one. "
                     IMAGE_AGAIN "\n");
    return same;
}

bool column_ready(void)
{
    return ready;
}

void column_forget(void)
{
    ready = false;
}

bool column_load(void)
{
    ready = false;
    return image_is_right() && is_the_accelerator_of_the_image() && begin(true);
}

bool column_reset(void)
{
    return begin(false);
}

bool column_run(uint32_t steps)
{
    while (steps && !console_stopped()) {
        uint32_t count = steps < CHUNK ? steps : CHUNK;
        uint32_t end = column_step() + count;

        REGISTER(STEPS) = count;
        REGISTER(CONTROL) = BITCORTEX_CONTROL_START_MASK;
        do {
            if (REGISTER(STATUS) & BITCORTEX_STATUS_OVERFLOW_MASK) {
                console_text("error: the spike queue was full in about step ");
                console_decimal(column_step());
                console_text(". Type load, and build with a larger queue or less activity\n");
                ready = false;
                return false;
            }
        } while (column_step() != end || REGISTER(STATUS) & BITCORTEX_STATUS_BUSY_MASK);
        steps -= count;
    }
    return true;
}

uint32_t column_step(void)
{
    return REGISTER(STEP);
}

uint64_t column_spikes(void)
{
    return both(BITCORTEX_SPIKES_OFFSET);
}

uint64_t column_hash(void)
{
    return both(BITCORTEX_HASH_OFFSET);
}

uint32_t column_population_spikes(uint32_t number)
{
    return at(BITCORTEX_POPULATION_SPIKES_OFFSET)[number];
}

uint32_t column_lanes(void)
{
    return REGISTER(LANES);
}

uint32_t column_clock_hz(void)
{
    return REGISTER(CLOCK_HZ);
}

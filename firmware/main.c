/* The commands of the console. docs/firmware.md lists them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "column.h"
#include "console.h"
#include "image.h"
#include "memory.h"
#include "rate.h"
#include "receive.h"
#include "sdram.h"

#define PROMPT "> "

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

/* Return the number that a text is, if it is one of 1 to 2^32 - 1; else 0. */
static uint32_t number(const char *text)
{
    uint64_t found = 0;

    if (!*text)
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        found = 10 * found + (uint64_t)(*text - '0');
        if (found >> 32)
            return 0;
    }
    return (uint32_t)found;
}

static bool need_network(void)
{
    if (!column_ready())
        console_text("error: a network must be loaded first. Type load\n");
    return column_ready();
}

static void load(const char *unused)
{
    const struct image *image = &network_image;

    (void)unused;
    if (!column_load())
        return;
    console_text("loaded ");
    console_text(image_text(image->name));
    console_text(", ");
    console_decimal(image->neurons);
    console_text(" neurons, ");
    console_decimal(image->synapse_words + image->state_words);
    console_text(" words, CRC-32 0x");
    console_hex(image->crc, 8);
    console_text("\n");
}

static void progress(void)
{
    console_text("step ");
    console_decimal(column_step());
    console_text(", ");
    console_decimal(column_spikes());
    console_text(" spikes\n");
}

static void run(const char *argument)
{
    uint32_t steps = number(argument);

    if (!need_network())
        return;
    if (!steps) {
        console_text("error: STEPS must be a number in 1..4294967295, not '");
        console_text(argument);
        console_text("'. Type for example: run 1000\n");
    } else if (steps > UINT32_MAX - column_step()) {
        console_text("error: STEPS must be at most ");
        console_decimal(UINT32_MAX - column_step());
        console_text(", where the count of steps ends. Type reset\n");
    } else if (column_run(steps)) {
        progress();
    }
}

static void rates(const char *unused)
{
    uint32_t step = column_step();

    (void)unused;
    if (!need_network())
        return;
    if (!step) {
        console_text("error: a step must be run first. Type for example: run 1000\n");
        return;
    }
    if (column_spikes() >> 32) {
        console_text("error: rates must be of fewer than 4294967296 spikes, which populations "
                     "count to. Type reset\n");
        return;
    }
    for (uint32_t n = 0; n < network_image.populations; n++) {
        const struct population *population = image_population(n);
        uint64_t tenths = rate_tenths(column_population_spikes(n), population->neurons, step,
                                      network_image.dt_ns);

        console_text(image_text(population->name));
        console_text(" ");
        console_tenths(tenths);
        console_text(" Hz\n");
    }
}

static void hash(const char *unused)
{
    (void)unused;
    if (!need_network())
        return;
    console_hex(column_hash(), 16);
    console_text("\n");
}

static void reset(const char *unused)
{
    (void)unused;
    if (need_network() && column_reset())
        progress();
}

static void status(const char *unused)
{
    const struct image *image = &network_image;

    (void)unused;
    console_text("network ");
    console_text(column_ready() ? image_text(image->name) : "none: type load");
    console_text("\nlanes ");
    console_decimal(column_lanes());
    console_text("\nclock ");
    console_decimal(column_clock_hz());
    console_text(" Hz\n");
    if (column_ready())
        progress();
}

#ifdef BITCORTEX_SDRAM_BYTES
static void begin(void)
{
    column_forget();
    image_set_words(0);
    if (sdram_begin())
        console_text("There is no network. Send one with: bitcortex console PORT --send BUNDLE\n");
}

static void memory(const char *unused)
{
    (void)unused;
    begin();
}

/* Return the value of a hexadecimal digit, or 16. */
static uint32_t digit(char c)
{
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0');
    return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10 : 16;
}

/* Read two numbers, the second one as 0x and 8 digits. */
static bool words_and_crc(const char *text, uint32_t *words, uint32_t *crc)
{
    uint64_t found = 0;
    unsigned digits = 0;

    for (; *text >= '0' && *text <= '9' && !(found >> 32); text++)
        found = 10 * found + (uint64_t)(*text - '0');
    while (*text == ' ')
        text++;
    if (!found || found >> 32 || *text++ != '0' || *text++ != 'x')
        return false;
    *words = (uint32_t)found;
    for (*crc = 0; digit(*text) < 16; text++, digits++)
        *crc = *crc << 4 | digit(*text);
    return digits == 8 && !*text;
}

static void receive(const char *argument)
{
    uint32_t words, crc;

    if (!words_and_crc(argument, &words, &crc)) {
        console_text("error: WORDS CRC must be a number and 0x with 8 hexadecimal digits, not '");
        console_text(argument);
        console_text("'. Use: bitcortex console PORT --send BUNDLE\n");
    } else if (words > BITCORTEX_SDRAM_BYTES / 4) {
        console_text("error: WORDS must be in 1..");
        console_decimal(BITCORTEX_SDRAM_BYTES / 4);
        console_text(", which the SDRAM has, not ");
        console_decimal(words);
        console_text(". Use fewer neurons, or a smaller store\n");
    } else {
        column_forget();
        receive_image(words, crc);
    }
}
#else
static void begin(void)
{
    load("");
}
#endif

static void help(const char *unused);

static const struct command {
    const char *name, *argument, *text;
    void (*call)(const char *argument);
} commands[] = {
    {"help", "", "say this", help},
    {"load", "", "check the image in the " IMAGE_PLACE ", and write it to the accelerator", load},
#ifdef BITCORTEX_SDRAM_BYTES
    {"receive", "WORDS CRC", "take an image into the SDRAM: bitcortex console PORT --send BUNDLE",
     receive},
    {"memory", "", "initialise the SDRAM and test it; the image is lost", memory},
#endif
    {"run", "STEPS", "run steps; Ctrl-C ends it early", run},
    {"rates", "", "mean rate of every population since load or reset", rates},
    {"hash", "", "hash of all spikes since load or reset", hash},
    {"reset", "", "go back to the beginning", reset},
    {"status", "", "what is loaded, and how far it is", status},
};

#define COMMANDS (sizeof commands / sizeof *commands)

static void help(const char *unused)
{
    (void)unused;
    for (unsigned n = 0; n < COMMANDS; n++) {
        console_text(commands[n].name);
        console_text(*commands[n].argument ? " " : "");
        console_text(commands[n].argument);
        console_text(": ");
        console_text(commands[n].text);
        console_text("\n");
    }
}

/* Cut the first word off a line, and the blanks around what is left; return what is left. */
static char *cut(char *word)
{
    char *rest = word, *end;

    while (*rest && *rest != ' ')
        rest++;
    while (*rest == ' ')
        *rest++ = 0;
    for (end = rest; *end; end++)
        ;
    while (end > rest && end[-1] == ' ')
        *--end = 0;
    return rest;
}

static void execute(char *line)
{
    while (*line == ' ')
        line++;
    if (!*line)
        return;
    char *argument = cut(line);
    for (unsigned n = 0; n < COMMANDS; n++) {
        if (!same(line, commands[n].name))
            continue;
        if (*argument && !*commands[n].argument) {
            console_text("error: ");
            console_text(line);
            console_text(" must stand alone, not before '");
            console_text(argument);
            console_text("'\n");
        } else {
            commands[n].call(argument);
        }
        return;
    }
    console_text("error: command must be one of ");
    for (unsigned n = 0; n < COMMANDS; n++) {
        console_text(n ? ", " : "");
        console_text(commands[n].name);
    }
    console_text(", not '");
    console_text(line);
    console_text("'\n");
}

int main(void)
{
    console_text("\nbitcortex. Type help for the commands.\n");
    begin();
    for (;;) {
        console_text(PROMPT);
        char *line = console_line();
        if (line)
            execute(line);
        else
            console_text("error: a line must have at most 79 characters\n");
    }
}

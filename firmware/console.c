/* The serial console on LiteX's UART. There are no interrupts: who waits, polls. */

#include "console.h"

#include <stddef.h>

#include "addresses.h"

#define BACKSPACE 0x08
#define CONTROL_C 0x03
#define DELETE 0x7f
#define BELL "\a"
#define AHEAD 64u /* characters that are kept while steps run */

static char ahead[AHEAD];
static unsigned ahead_count;

static volatile uint32_t *const uart = (volatile uint32_t *)BITCORTEX_CONSOLE_BASE;

#define UART(name) uart[BITCORTEX_CONSOLE_##name##_OFFSET / 4]

static void put(char c)
{
    while (UART(TXFULL))
        ;
    UART(RXTX) = (uint8_t)c;
}

static bool came(void)
{
    return !UART(RXEMPTY);
}

static char take(void)
{
    return (char)UART(RXTX);
}

/* Return the first character that was typed ahead: there is one. */
static char first(void)
{
    char found = ahead[0];

    ahead_count--;
    for (unsigned n = 0; n < ahead_count; n++)
        ahead[n] = ahead[n + 1];
    return found;
}

/* Wait for a character, if none was typed ahead. */
static char next(void)
{
    if (ahead_count)
        return first();
    while (!came())
        ;
    return take();
}

bool console_byte(uint8_t *byte, uint32_t looks)
{
    if (ahead_count) {
        *byte = (uint8_t)first();
        return true;
    }
    while (!came()) {
        if (!looks--)
            return false;
    }
    *byte = (uint8_t)take();
    return true;
}

void console_text(const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            put('\r');
        put(*text);
    }
}

/* Digits by subtraction: the CPU has no divider. `decimals` of them come after a point. */
static void number(uint64_t value, unsigned decimals)
{
    static const uint64_t powers[] = {
        10000000000000000000u, 1000000000000000000u, 100000000000000000u, 10000000000000000u,
        1000000000000000u, 100000000000000u, 10000000000000u, 1000000000000u, 100000000000u,
        10000000000u, 1000000000u, 100000000u, 10000000u, 1000000u, 100000u, 10000u, 1000u, 100u,
        10u, 1u,
    };
    const unsigned count = sizeof powers / sizeof *powers;
    bool begun = false;

    for (unsigned n = 0; n < count; n++) {
        char digit = '0';
        for (; value >= powers[n]; value -= powers[n])
            digit++;
        begun |= digit != '0' || n + decimals + 1 == count;
        if (decimals && n + decimals == count)
            put('.');
        if (begun)
            put(digit);
    }
}

void console_decimal(uint64_t value)
{
    number(value, 0);
}

void console_tenths(uint64_t value)
{
    number(value, 1);
}

void console_hex(uint64_t value, unsigned digits)
{
    char text[17];

    text[digits] = 0;
    while (digits--) {
        text[digits] = "0123456789abcdef"[value & 0xf];
        value >>= 4;
    }
    console_text(text);
}

char *console_line(void)
{
    static char line[CONSOLE_LONGEST + 1];
    static bool after_cr; /* the LF of a CR LF is no line of its own */
    unsigned length = 0;
    bool too_long = false;

    for (;;) {
        char c = next();
        bool second = c == '\n' && after_cr;

        after_cr = c == '\r';
        if (second)
            continue;
        if (c == '\r' || c == '\n') {
            console_text("\n");
            line[length] = 0;
            return too_long ? NULL : line;
        }
        if (c == CONTROL_C) {
            console_text("^C\n");
            line[0] = 0;
            return line;
        }
        if (c == BACKSPACE || c == DELETE) {
            if (length && !too_long) {
                length--;
                console_text("\b \b");
            }
        } else if (c < ' ' || c > '~') {
            console_text(BELL);
        } else if (length == CONSOLE_LONGEST) {
            too_long = true;
        } else {
            line[length++] = c;
            put(c);
        }
    }
}

bool console_stopped(void)
{
    bool stopped = false;

    while (came()) {
        char c = take();

        if (c == CONTROL_C) {
            stopped = true;
            ahead_count = 0;
        } else if (ahead_count < AHEAD) {
            ahead[ahead_count++] = c;
        }
    }
    return stopped;
}

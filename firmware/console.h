/* The serial console: lines in, text and numbers out. */

#ifndef BITCORTEX_CONSOLE_H
#define BITCORTEX_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#define CONSOLE_LONGEST 79u /* characters of a line */

/* Wait for a line, which ends with CR, LF or both, and echo it. NULL if it was too long. */
char *console_line(void);

/* Take a byte without echo; false if none came at so many looks. */
bool console_byte(uint8_t *byte, uint32_t looks);

/* Whether Ctrl-C has come: what was typed before it is forgotten. What else has come is kept. */
bool console_stopped(void);

void console_text(const char *text);
void console_decimal(uint64_t value);
void console_tenths(uint64_t value); /* with a point before the last digit */
void console_hex(uint64_t value, unsigned digits);

#endif

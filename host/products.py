"""Boards as they are sold: as much as a host must know of them. The rest is in `boards/`."""

from dataclasses import dataclass

from bitcortex import check

FTDI, FT231X, FT2232H = 0x0403, 0x6015, 0x6010


@dataclass(frozen=True)
class Product:
    """A board that can be bought.

    Parameters
    ----------
    name
        On the command line, and of the file that describes it.
    clock_hz
        Of the engine, unless it is built for another one.
    lanes
        Of the engine, unless it is built with others.
    usb
        Vendor and product of its serial port; several boards have the same. None if its USB is no
        serial port.
    """

    name: str
    clock_hz: int
    lanes: int
    usb: tuple[int, int] | None = None


PRODUCTS = {
    product.name: product
    for product in (
        Product("ulx3s-85f", 50_000_000, 16, (FTDI, FT231X)),
        Product("ulx3s-45f", 50_000_000, 16, (FTDI, FT231X)),
        Product("ulx3s-25f", 50_000_000, 8, (FTDI, FT231X)),
        Product("ulx3s-12f", 50_000_000, 4, (FTDI, FT231X)),
        Product("icebreaker", 24_000_000, 1, (FTDI, FT2232H)),
        Product("orangecrab", 48_000_000, 8),
        Product("colorlight_i5", 50_000_000, 8, (0x0D28, 0x0204)),
        Product("colorlight_5a_75b-v7", 40_000_000, 8),
        Product("colorlight_5a_75b-v8", 40_000_000, 8),
        Product("tang_nano_9k", 27_000_000, 2, (FTDI, FT2232H)),
        Product("tang_nano_20k", 27_000_000, 8, (FTDI, FT2232H)),
    )
}
ALIASES = {"ulx3s": "ulx3s-85f", "colorlight_5a_75b": "colorlight_5a_75b-v8"}


def find_product(name: str) -> Product:
    """Return what is known of a board, by name.

    Raises
    ------
    ValueError
        If there is none; the message lists the names.
    """
    wanted = name.lower()
    return PRODUCTS[check.one_of("board", ALIASES.get(wanted, wanted), [*PRODUCTS, *ALIASES])]

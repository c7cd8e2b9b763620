"""Seeds of registers from one seed of the user."""

import hashlib

from bitcortex import check


def derive(seed: int, width: int, *path: int | str) -> int:
    """Return a register seed, 1 to 2**width - 1, for a place in a design.

    Parameters
    ----------
    seed
        The user's seed, 0 to 2**63 - 1.
    width
        Of the register in bits, 1 to 64.
    path
        Names the place: different paths give unrelated seeds.
    """
    check.integer("seed", seed, 0, 2**63 - 1)
    check.integer("width", width, 1, 64)
    text = "/".join(map(str, (seed, *path)))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "little")
    return int(number % (2**width - 1) + 1)

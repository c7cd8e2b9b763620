"""What a link has been through."""

from dataclasses import dataclass


@dataclass
class LinkStatistics:
    """Counts since a link was opened."""

    transactions: int = 0  # requests answered
    retries: int = 0  # requests sent again
    timeouts: int = 0  # nothing came in time
    damaged: int = 0  # replies with a wrong CRC
    stale: int = 0  # replies to a request that had been answered before
    words_read: int = 0
    words_written: int = 0

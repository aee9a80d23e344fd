"""Randomness that depends on names alone, never on the order of calls."""

import hashlib


def seed_of(*parts: int | str) -> int:
    """A 63-bit seed made of nothing but `parts`, such as (step seed, epoch, batch, purpose).

    Equal parts give equal seeds on every machine, so that stopping and resuming changes nothing.
    """
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1

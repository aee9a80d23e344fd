"""Seeds follow from names alone."""

from pleura.randomness import seed_of


def test_seeds_depend_on_every_part_and_its_place() -> None:
    seeds = {seed_of(0, 1), seed_of(1, 0), seed_of(0, 1, 0), seed_of(0, "1", "x"), seed_of(0)}
    assert len(seeds) == 5
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_seeds_are_the_same_everywhere() -> None:
    # The first eight bytes of SHA-256 of "7/epoch/2", little endian, without the lowest bit.
    assert (
        seed_of(7, "epoch", 2) == int.from_bytes(bytes.fromhex("e8036b3ed4967710"), "little") >> 1
    )

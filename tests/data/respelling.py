"""Ways in which tables come to hold one name in several spellings."""

import unicodedata
from collections.abc import Callable, Sequence

import numpy as np

Way = Callable[[str], str]

SAME_TO_ALL: list[Way] = [  # one text, however it is stored
    lambda name: unicodedata.normalize("NFC", name),
    lambda name: unicodedata.normalize("NFD", name),
    lambda name: f" {name}\t",
]


def padded(name: str) -> str:
    """With zeros before its last number, unless that stands behind a decimal point."""
    head = name.rstrip("0123456789")
    return name if head[-1:] == "." or head == name else f"{head}000{name[len(head) :]}"


RESPELLED: list[Way] = [
    str.upper,
    str.swapcase,
    padded,
    lambda name: f"{name}.0" if name.lstrip("-").isdigit() else name,
    lambda name: f"{name[:1]}\u200b{name[1:]}",
    lambda name: name.replace(" ", "\u00a0"),
    lambda name: f'="{name}"',
    lambda name: f"'{name}",
    lambda name: name.replace("P", "\u0420").replace("a", "\u0430"),  # Cyrillic
]
WORDS: list[Way] = [*RESPELLED[:4], lambda word: word.replace(" ", "_")]
PARTS = {
    "train": ["train", "Train", "TRAINING", " training", "va\u200bl", "Validation"],
    "test": ["test", "Test ", "TESTING"],
}


def written(name: str, rng: np.random.Generator, often: float, ways: Sequence[Way]) -> str:
    """A name in a way of its own now and then: stored otherwise, or spelled by one of `ways`."""
    for some in (ways, SAME_TO_ALL):
        if rng.random() < often:
            name = some[int(rng.integers(len(some)))](name)
    return name


def stored(name: str) -> str:
    """What of a spelling is more than the way in which it is stored."""
    return unicodedata.normalize("NFC", name).strip()

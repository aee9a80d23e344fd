"""Whether published weights may have learned from the images on which a study tests."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pleura.models.sources.collections import COLLECTIONS, Collection, collections_in, in_common
from pleura.models.sources.listed import SOURCES
from pleura.wording import in_a_row

BY_NAME = {collection.name: collection for collection in COLLECTIONS}


@dataclass(frozen=True)
class Told:
    """What is to be told of weights, in a sentence or two; `serious`: the test images are known to
    be of a collection that they learned from."""

    text: str
    serious: bool


def seen_in_training(
    weights: str,
    trained_on: Sequence[str] | None,
    sources: Iterable[str],
    about: Iterable[str],
) -> Told | None:
    """What to tell of `weights` that were trained on these collections, None where nothing is.

    `sources` are the cells of the column `source` of test images, "" where nothing is known;
    `about` are texts on the data as a whole, such as the name of their table, which speak for
    images of which nothing is known, or whose source is no collection that is known here.
    """
    if trained_on == ():
        return None
    tests_on = sorted(set(sources))
    if trained_on is None:
        return Told(
            f"on which collections the weights {weights} were trained is not known: whether they "
            "learned from images that test here cannot be told",
            serious=False,
        )
    unnamed = not tests_on or "" in tests_on
    named = {source: collections_in(source) for source in tests_on if source}
    # A cell may say where an image was taken, and the table alone whose collection it is.
    in_doubt = unnamed or not all(named.values())
    of_all = [each for text in about for each in collections_in(text)] if in_doubt else []
    tested = list(dict.fromkeys([*(each for of in named.values() for each in of), *of_all]))
    learned = [BY_NAME.get(name, Collection(name)) for name in trained_on]
    if both := in_common(tested, learned):
        return Told(
            f"the weights {weights} were trained on images of {in_a_row(trained_on)}, and images "
            f"that test here are of {in_a_row([_whose(each, learned) for each in both])}: they "
            "may have learned from them, and what is measured here may be too good",
            serious=True,
        )
    if unnamed and not of_all:
        return Told(
            f"the weights {weights} were trained on images of {in_a_row(trained_on)}: whether "
            "images that test here are among them cannot be told, since the table has no column "
            "source (or cells without a name in it)",
            serious=False,
        )
    return None


def seen_by(origin: Mapping[str, Any], sources: Iterable[str], about: Iterable[str]) -> Told | None:
    """What to tell of a start of training, a provenance as `Provenance.as_dict` gives it; the other
    arguments are those of `seen_in_training`.

    Nothing of other weights than published ones of which it is not known on what they were trained,
    such as a user's own file: the plan says that once.
    """
    if "trained_on" not in origin:
        return None
    name, trained = str(origin.get("name")), origin["trained_on"]
    # Weights that have learned since tell at their end from which they did.
    first = re.split(r"; before that |, from ", name)[-1]
    if trained is None and first not in SOURCES:
        return None
    return seen_in_training(name, None if trained is None else tuple(trained), sources, about)


def _whose(tested: Collection, learned: Sequence[Collection]) -> str:
    """A collection that tests; where the weights saw its images under another name, whose these
    are, or who has them."""
    if tested in learned:
        return tested.name
    origins = frozenset[str]().union(*(each.origins for each in learned))
    if theirs := sorted(tested.origins & origins - {tested.name}):
        return f"{tested.name} (images of {in_a_row(theirs)})"
    within = [each.name for each in learned if tested.name in each.origins]
    return f"{tested.name} (whose images are in {in_a_row(within)})"

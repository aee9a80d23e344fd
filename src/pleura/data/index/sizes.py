"""How many files patients have, and how many patients classes."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from pleura.wording import count, first_few

MANY = 20  # labels, beyond which they are no classes to be counted one by one
SHOWN = 6  # classes of a proposal, which somebody shall read
IMAGES = 10  # of a class, of fewer of which one patient may have most by chance
MOST = 0.5  # share of the images of a class

LabelsOf = Callable[[Sequence[str]], Sequence[str]]
"""The labels of files, as far as they are known, by the patients that these would be of: a folder
of one patient is no class. "" where a file has none."""


def no_labels(patients: Sequence[str]) -> Sequence[str]:
    """The labels of files of which nothing is known."""
    return [""] * len(patients)


def by_class(patients: Sequence[str], labels: Sequence[str]) -> str:
    """`ill: 3 patients, well: 4`; "" without labels, and of so many that they are no classes."""
    pairs = {(label, who) for label, who in zip(labels, patients, strict=True) if label}
    patients_of = Counter(label for label, _ in sorted(pairs))
    if not 1 < len(patients_of) <= MANY:
        return ""
    (first, number), *others = patients_of.items()
    told = [f"{first}: {count(number, 'patient')}", *(f"{label}: {n:,}" for label, n in others)]
    return first_few(told, SHOWN)


def most_of_a_class(patients: Sequence[str], labels: Sequence[str]) -> Iterator[str]:
    """Sentences on classes of which one patient has most of the images."""
    images = Counter(filter(None, labels))
    largest: dict[str, tuple[int, str]] = {}
    for (label, who), number in Counter(zip(labels, patients, strict=True)).items():
        largest[label] = max(largest.get(label, (0, "")), (number, who))
    for label, total in images.items() if len(images) <= MANY else ():
        number, who = largest[label]
        if total >= IMAGES and number > MOST * total:
            yield f"patient {who} has {number:,} of the {count(total, 'image')} of {label}"

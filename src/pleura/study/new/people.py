"""Whether there are patients enough to learn from, and how they are divided."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pleura.data.audit import check
from pleura.data.balance import Balanced
from pleura.data.bank import build_bank
from pleura.data.manifest import Manifest
from pleura.data.readers.decoded import FullRange
from pleura.data.rule import Rule
from pleura.data.split import Split, make_split
from pleura.errors import InputError, refuse
from pleura.study.new.target import FINDINGS, NUMBERS, Target
from pleura.wording import absence, count

QUICK_SIZE = 48  # pixels; at a larger size, at most the images that are alike at this one are so
FEWEST = 4  # patients of a class: two test in each half, one trains and one validates
FEW = 10  # patients of a class, with fewer of whom a study can hardly show anything
FOR_SHARES = 20  # patients of each class from which on one test part does, and not folds
TRAINING = 10  # patients of each class that the smallest fraction leaves to train
FRACTIONS = (0.1, 0.25, 0.5)
SHARE = 0.2  # that tests, and of the rest that validates
FOLDS = ((5, SHARE), (3, 0.25), (2, 0.5))  # and the share that validates: the fewer the patients
SEEDS = (0, 1, 2)
Draw = tuple[dict[str, Any], list[float], Split]


def patients_by_name(manifest: Manifest) -> dict[str, int]:
    """How many patients each class has; each finding, and its absence; each range of a number."""
    return {name: len(set(manifest.groups[of].tolist())) for name, of in manifest.members.items()}


def with_enough(path: Path, target: Target, manifest: Manifest) -> tuple[Target, list[str]]:
    """What of a target can be learned, with a line on every name that too few patients have: of a
    finding, that too few have or are known not to have.

    Classes of fewer than `FEW` patients are left out where two others have as many.
    Raises InputError where less than two classes, or no finding, is left.
    """
    patients = patients_by_name(manifest)
    if target.task == NUMBERS:
        if (most := len(set(manifest.groups.tolist()))) < 3 * FEW:
            raise InputError(
                f"{path}: {count(most, 'patient')} with a number; a study needs {3 * FEW}, of whom "
                "some train, some validate and some test. Gather more"
            )
        return target, []
    of_finding = target.task == FINDINGS
    least = {
        name: min(patients.get(what, 0) for what in ((name, absence(name))[: 1 + of_finding]))
        for name in target.names
    }
    enough = [name for name, number in least.items() if number >= FEW]
    limit = FEW if len(enough) > 1 else FEWEST
    few = {
        name: f"{name}: {count(least[name], 'patient')}" for name in least if least[name] < limit
    }
    left = tuple(name for name in target.names if name not in few)
    if len(left) < 2 - of_finding:
        others = (f"{name}: {count(least[name], 'patient')}" for name in left)
        raise InputError(
            f"{path}: too few patients to learn from: each class needs {FEWEST}, of whom some "
            f"train, some validate and some test. Gather more"
            f"{'' if of_finding else merging([*few])}",
            [*few.values(), *others],
        )
    return replace(target, names=left), list(few.values())


def merging(few: Sequence[str]) -> str:
    """How classes that too few patients have become one; "" where there is a single one."""
    if len(few) == 1:
        return ""
    labels = ",".join(f'"{name}"' if "," in name else name for name in few)
    return f", or make one class of several: --classes 'NEW={labels}' with a name of yours for NEW"


def shared_images_merged(
    path: Path,
    target: Target,
    manifest: Manifest,
    full_range: FullRange | None,
    *,
    size: int = QUICK_SIZE,
    sector: bool,
    looked: Callable[[int, int], None],
) -> Manifest:
    """The manifest in which patients who have the same image are one, as a study of images of
    `size` pixels has it; where so many patients are left that a few fewer make no difference, as it
    is, and no image is decoded.

    `sector` says whether clips are cropped to it; `looked` hears of each image. Raises InputError
    for images that no study takes, and where a class has too few patients then, with who is one.
    """
    if min(patients_by_name(manifest).values()) >= FOR_SHARES:
        return manifest
    images = manifest.table["image"].tolist()
    with TemporaryDirectory() as folder:
        bank = build_bank(
            images,
            Path(folder),
            size=size,
            full_range=full_range,
            sector=sector,
            progress=looked,
        )
        merged = check(manifest, bank, same_image="merge")
    joined = [note for note in merged.notes if note not in manifest.notes]
    try:
        _, few = with_enough(path, target, merged)
    except InputError as error:
        raise InputError(error.heading, [*error.problems, *joined]) from error
    heading = f"{path}: too few patients are left of some classes; leave these out of the table."
    refuse(heading, [*few, *joined] if few else [])
    return merged


def divided(manifest: Manifest, balance: Balanced, parts: Sequence[str]) -> tuple[Draw, str]:
    """The rule of a split that suits the patients, the fractions of labels, and the split; and why
    the `parts` that the table's column names are not those.

    Where the table has parts, they come first; patients are drawn in one test part where there are
    many, and else in folds. Raises InputError as `make_split` does where nothing of that goes.
    """
    why = ""
    rules: list[dict[str, Any]] = []
    if "test" in parts and "train" in parts:
        rules.append({"test": "split", "validation": SHARE})
        if "validation" in parts:
            rules.insert(0, {"test": "split", "validation": "split"})
    rarest = min(patients_by_name(manifest).values())
    if rarest >= FOR_SHARES:
        rules.append({"test": SHARE, "validation": SHARE})
    rules += [{"folds": folds, "validation": share} for folds, share in FOLDS]
    for rule in rules:
        pool = rarest * (1 - SHARE) ** 2
        smaller = [[each, 1.0] for each in FRACTIONS if pool * each >= TRAINING][:1]
        for fractions in (*smaller, [1.0]):
            try:
                whole = Rule(**rule, seeds=list(SEEDS), fractions=fractions)
                return (rule, fractions, make_split(manifest, whole, balance)), why
            except InputError as error:
                failed = error
        if rule.get("test") == "split":
            why = failed.heading
    raise failed

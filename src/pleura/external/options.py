"""What the command line says of an evaluation, as the functions take it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from pleura.data.index.salt import read_salt
from pleura.data.subgroup_column import SubgroupColumn
from pleura.errors import InputError, nearest, refuse
from pleura.external.units import By


def labels_of(pairs: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """What the table calls each class, from texts such as `tuberculosis=TB`. Raises InputError."""
    wrong = [pair for pair in pairs if not all(pair.partition("="))]
    refuse("--label: the model's class, =, what the table calls it, such as ill=TB.", wrong)
    called: dict[str, list[str]] = {}
    for name, _, theirs in (pair.partition("=") for pair in pairs):
        called.setdefault(name.strip(), []).append(theirs.strip())
    return called


def subgroups_of(texts: Sequence[str]) -> tuple[SubgroupColumn, ...]:
    """Columns from texts such as `sex`, or `age=0,18,65` with the edges that numbers are cut at.
    Raises InputError."""
    columns = []
    for text in texts:
        name, _, edges = text.partition("=")
        try:
            cut = tuple(float(each) for each in edges.split(",")) if edges else ()
        except ValueError:
            cut = (1.0, 0.0)
        if not name.strip() or list(cut) != sorted(set(cut)):
            raise InputError(
                f"--subgroups {text}: a column, or a column with the numbers that it is cut at, "
                "from the least on, such as age=0,18,65"
            )
        columns.append(SubgroupColumn(name.strip(), cut))
    return tuple(columns)


def by_of(text: str | None) -> By | None:
    """What is judged, by its name. Raises InputError for another word."""
    names: dict[str, By] = {name: name for name in get_args(By)}
    if text is not None and text not in names:
        raise InputError(f"--by {text}: nothing is judged so{nearest(text, names)}")
    return None if text is None else names[text]


def salt_of(path: Path | None) -> str | None:
    """The salt in a file; None where none is given. Raises InputError where there is no such
    file."""
    return None if path is None else read_salt(path)

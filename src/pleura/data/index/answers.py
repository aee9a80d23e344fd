"""Two answers on one file: what the user's table says, and what a pattern of the user's reads."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from pleura.data.index.pattern import PATIENT, VIDEO
from pleura.data.names import is_nothing, name_key, word_key
from pleura.errors import refuse
from pleura.wording import count

Cells = Mapping[str, str]


def refuse_two_answers(
    facts: Path, of: Mapping[Path, Cells], said: Mapping[str, Callable[[Path], Cells]]
) -> None:
    """Raise InputError where an option reads another cell out of the path of a file than the table
    `facts` has, which says `of` each file what stands in its row; `said` are the readers by option.

    Neither goes before the other: who the patient is decides what is an honest split. Cells that
    the table leaves empty are filled.
    """
    for option, read in said.items():
        problems, columns = [], Counter[str]()
        for path, says in of.items():
            for column, cell in read(path).items():
                theirs = says.get(column, "")
                if is_nothing(theirs) or _key(column)(theirs) == _key(column)(cell):
                    continue
                columns[column] += 1
                problems.append(
                    f"{path.as_posix()}: {column} {theirs!r} in the table, {cell!r} by {option}"
                )
        told = ", ".join(f"{name} of {count(number, 'file')}" for name, number in columns.items())
        refuse(
            f"{facts}: says something else than {option} ({told}); leave out the option, or take "
            f"{'the column' if len(columns) == 1 else 'these columns'} out of the table.",
            problems,
        )


def _key(column: str) -> Callable[[str], str]:
    return name_key if column in (PATIENT, VIDEO) else word_key

"""What is told of the cells of a table that its user may not expect."""

from collections.abc import Iterator, Mapping, Sequence

from pleura.data.index.rows import ORDER
from pleura.wording import count, first_few

FORMULA = ("=", "+", "-", "@")  # by which spreadsheets know one
Row = Mapping[str, str]


def columns_of_user(rows: Sequence[Row], of_table: Sequence[str] = ()) -> Iterator[str]:
    """A sentence on each column that a user's pattern names and no study knows, `of_table` none."""
    for name in sorted({name for row in rows for name in row} - {*ORDER, *of_table}):
        cells = sorted({row.get(name, "") for row in rows} - {""})
        yield f"column {name}, by names, which studies know nothing of: {first_few(cells)}"


def formulas(rows: Sequence[Row]) -> Iterator[str]:
    """A warning of cells that a spreadsheet would compute instead of showing them.

    They stay as they are: with a mark before it, the name of a file would lead nowhere.
    """
    cells = [cell for row in rows for cell in row.values() if cell.startswith(FORMULA)]
    if risky := [cell for cell in dict.fromkeys(cells) if not _is_number(cell)]:
        yield (
            f"warning: {count(len(risky), 'text')} in the table would be a formula in a "
            f"spreadsheet, which could do harm: {first_few(map(repr, risky))}; rename these files "
            "or folders, or import the table as text and do not open it by a click"
        )


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True

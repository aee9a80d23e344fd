"""What differs between the two study files, and in versions."""

from pleura.compare.sections.part import Blocks, Part
from pleura.compare.tables import Compared
from pleura.report.section import Text
from pleura.report.table import Cell, Column, Table


def blocks(compared: Compared) -> Blocks:
    """What differs between the two study files."""
    table = compared.tables["settings"]
    if table.empty:
        yield Text(
            "The two study files say the same, but for what their pages show, and no version that "
            "both studies note differs."
        )
        return
    yield Text(
        "Keys of the study files that have another value: first those of the whole study, then "
        "those of recipes that both have. Versions of packages, and of the parts of pleura that "
        "decide a result, stand among those of the whole study. Whichever of them makes a "
        "difference, this page cannot tell."
    )
    rows = [
        [
            Cell(row["recipe"] or "the study"),
            Cell(row["key"]),
            Cell(row["first"]),
            Cell(row["second"]),
        ]
        for row in table.to_dict("records")
    ]
    first, second = compared.names
    columns = Column("Of"), Column("Key"), Column(first), Column(second)
    yield Table.of(
        "Settings that differ", sorted(rows, key=lambda row: row[0].text != "the study"), *columns
    )


PART = Part("settings", "Settings", "What differs in study files and versions", blocks)

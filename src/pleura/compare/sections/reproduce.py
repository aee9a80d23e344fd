"""How to do it again."""

from pleura.compare.sections.part import Blocks, Part
from pleura.compare.tables import Compared
from pleura.report.section import Text
from pleura.report.table import pairs


def blocks(compared: Compared) -> Blocks:
    """How to do it again."""
    first, second = compared.names
    told = {"First study": first, "Second study": second}
    told |= {name: str(value) for name, value in compared.facts["versions"].items()}
    yield pairs("What was compared", told, ("What", "Which"))
    yield Text(
        "No model was run. Every number here is in the tables beside this page, and these are made "
        "of the predictions in the folders of the two studies, which stay as they are."
    )


PART = Part("reproduce", "Reproduce", "How it was done", blocks)

"""How to do it again."""

from pleura.external.sections.part import Blocks, Part
from pleura.external.tables import Evaluated
from pleura.external.units import IMAGE
from pleura.report.section import Text
from pleura.report.table import pairs


def blocks(evaluated: Evaluated) -> Blocks:
    """How to do it again."""
    facts, card = evaluated.facts, evaluated.card
    told = {
        "Model": f"{facts['model']}: {card.get('recipe', 'a model')}",
        "Network": str(card.get("backbone") or card.get("network") or ""),
        "Training": f"fraction {card.get('fraction', 1)}, seed {card.get('seed', 0)}, fold "
        f"{card.get('fold', 0)}",
        "Table": str(facts["table"]),
        **{name: str(value) for name, value in facts["versions"].items()},
    }
    of_images = ", and frames.csv one an image, for the sets" * (evaluated.by != IMAGE)
    yield pairs("What was evaluated", told, ("What", "Which"))
    yield Text(
        "Every number here is in the tables beside this page; predictions.csv has one row "
        f"{'an' if evaluated.by == IMAGE else 'a'} {evaluated.by}, from which all of them are "
        f"computed{of_images}, together with the predictions in the study's folder."
    )


PART = Part("reproduce", "Reproduce", "How it was done", blocks)

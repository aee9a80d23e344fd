"""What the report of a model's study warns of."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pleura.deploy.card import ClassifierCard, read_card

NOT_BESIDE = (
    "What the report of its study warns of is not known here: the study's folder is not above the "
    "model's, or cannot be read"
)


def warned(model: Path) -> list[str]:
    """The cautions of the report on the model in a folder, and the serious ones on its study, in
    full, without what the page says of the model by its card; that they are not known where the
    study's folder is not the one above.

    The report is evaluated for it, which takes some seconds and the packages of a report: a process
    of its own is the place for that.
    """
    from pleura.deploy.hub.origin import origin_of

    card = read_card(model, ClassifierCard)
    origin = origin_of(model, card)
    if origin.study is None:
        return [f"{NOT_BESIDE}."]
    return origin.beside_the_model([*_told_by(card)])


def _told_by(card: Mapping[str, Any]) -> Iterator[str]:
    """Sections of the report of which the page says the same by the card (see `about.py`)."""
    if "on_test" in (card.get("sets") or {}):
        yield "sets"
    if (card.get("calibration") or {}).get("images") == 0:
        yield "ensembles"

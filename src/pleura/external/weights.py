"""Whether the weights that a model began from may have learned from the images it is tested on."""

from collections.abc import Iterator, Mapping
from typing import Any

from pleura.data.subgroups import UNKNOWN
from pleura.external.tables import Evaluated
from pleura.models.sources.seen import seen_by
from pleura.report.section import Caution
from pleura.wording import capital


def told_of_weights(card: Mapping[str, Any]) -> dict[str, Any]:
    """What the facts of an evaluation hold of a model's first weights: their name, and on which
    collections they were trained, where the card tells."""
    its: Mapping[str, Any] = card.get("weights") or {}
    return {name: its[name] for name in ("name", "trained_on") if name in its}


def of_weights(evaluated: Evaluated) -> Iterator[Caution]:
    """A caution where they may have learned from images that test here, or where that cannot be
    told."""
    rows = evaluated.predictions
    sources = [*rows["source"].astype(str).unique()] if "source" in rows else []
    sources = ["" if name in (UNKNOWN, "nan") else name for name in sources]
    about = [str(evaluated.facts.get("table", ""))]  # with its folder, which may be named so
    if told := seen_by(evaluated.facts.get("weights") or {}, sources, about):
        yield Caution(f"{capital(told.text)}.", serious=told.serious, see="patients")

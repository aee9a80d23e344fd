"""The page on published weights says of each what the code says."""

from pathlib import Path

import pytest

from pleura.models.sources.golden import GOLDEN
from pleura.models.sources.listed import SOURCES
from pleura.models.sources.source import ByHand, WeightSource

PAGE = Path(__file__).parents[3] / "docs" / "concepts" / "weights.md"


def row(source: WeightSource) -> str:
    low, high = source.range
    shown = "gray" if source.channels == 1 else "colour"
    shown += " (BGR)" if source.order == "BGR" else ""
    by_hand = "by hand, " if isinstance(source.place, ByHand) else ""
    cells = (
        f"[`{source.name}`]({source.page})",
        f"`{source.backbone}`",
        f"{shown}, {source.size} px",
        f"{low:.4g} to {high:.4g}",
        source.seen,
        f"{by_hand}{source.bytes or 'size not known'}",
        "yes" if source.sha256 else "no",
        source.licence,
        "yes" if source.name in GOLDEN else "no",
    )
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("name", SOURCES)
def test_the_table_has_its_row(name: str) -> None:
    assert row(SOURCES[name]) in PAGE.read_text(encoding="utf-8").splitlines()


def test_the_table_has_no_other_rows() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.startswith("| [`")]) == len(SOURCES)

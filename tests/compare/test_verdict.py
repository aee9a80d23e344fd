"""What a comparison says in a sentence."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pleura.compare.differences import PAIRED, SAME, SEPARATE
from pleura.compare.tables import Compared
from pleura.compare.verdict import lines, not_told, verdict

EMPTY = pd.DataFrame(columns=["recipe", "key", "first", "second"])


def made(
    rows: list[tuple[str, float, float, float, str]], how: str = PAIRED, **facts: Any
) -> Compared:
    """A comparison of (recipe, difference, low, high, verdict) by AUROC."""
    table = pd.DataFrame(
        [
            (
                how,
                name,
                1.0,
                "auroc",
                "macro",
                0.8,
                0.7,
                0.9,
                0.8 + d,
                0.7,
                0.95,
                d,
                low,
                high,
                *rest,
            )
            for name, d, low, high, said in rows
            for rest in [(0.2, 0.4, said, 40, 40, 80, 80, 3, 3)]
        ],
        columns=[
            *("how", "recipe", "fraction", "metric", "class"),
            *("first", "first_low", "first_high", "second", "second_low", "second_high"),
            *("difference", "low", "high", "p", "p_holm", "verdict"),
            *("patients_first", "patients_second", "images_first", "images_second"),
            *("seeds_first", "seeds_second"),
        ],
    )
    overlap = pd.DataFrame(columns=["study", "other", "patients", "images"])
    usual = {
        "names": ["old", "new"],
        "task": "classification",
        "metrics": ["auroc"],
        "main": how,
        "margin": 0.01,
        "level": 0.95,
        "number": {"unit": ""},
        "baselines": ["pixels"],
    }
    tables = {"differences": table, "overlap": overlap, "settings": EMPTY}
    return Compared(Path(), usual | facts, tables)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [("a", 0.05, 0.02, 0.08, "better"), ("pixels", -0.3, -0.4, -0.2, "worse")],
            "new is better than old with a, by .050 AUROC (.020 to .080).",
        ),
        (
            [("a", -0.05, -0.08, -0.02, "worse"), ("b", 0.01, -0.02, 0.04, "no difference shown")],
            "new is worse than old with a, by .050 AUROC (.020 to .080); no difference is shown "
            "with b (difference in AUROC +.010, −.020 to .040).",
        ),
        (
            [(name, 0.02, 0.001, 0.04, "no difference shown") for name in "ab"],
            "no difference is shown after Holm's correction for all comparisons with a (difference "
            "in AUROC +.020, .001 to .040) and b (+.020, .001 to .040).",
        ),
        (
            [("a", 0.0, -0.005, 0.005, "as good")],
            "new is as good as old within .01 with a (difference in AUROC .000, −.005 to .005).",
        ),
        ([("a", 0.0, 0.0, 0.0, SAME)], "both predict the same with a."),
        ([("a", 0.0, float("nan"), float("nan"), "")], "nothing can be told of a."),
    ],
)
def test_recipes_stand_by_what_is_shown_of_them(
    rows: list[tuple[str, float, float, float, str]], said: str
) -> None:
    text = verdict(made(rows)).replace("\N{NO-BREAK SPACE}", " ")
    assert text == f"On 40 test patients of both: {said}"


def test_of_two_samples_it_says_that_patients_differ() -> None:
    compared = made([("a", 0.05, 0.02, 0.08, "better")], SEPARATE)
    assert verdict(compared).startswith("Each on other test patients (40 and 40): new is better")
    assert any("Whether models or patients differ" in text for text in not_told(compared))
    assert lines(compared)[-1] == "No setting differs"


def test_versions_are_no_settings_to_change_alone() -> None:
    rows = [("", "data.size", "48", "64"), ("", "version of torch", "2.0", "2.1")]
    rows += [("", "device", "cpu", "cuda")]
    compared = made([("a", 0.05, 0.02, 0.08, "better")])
    tables = {**compared.tables, "settings": pd.DataFrame(rows, columns=[*EMPTY])}
    of = replace(compared, tables=tables)
    assert lines(of)[-2:] == (
        "Settings that differ: data.size (48 → 64)",
        "Versions that differ: torch (2.0 → 2.1) and device (cpu → cuda)",
    )
    text = " ".join(not_told(of))
    assert "change one alone" not in text
    assert "Whether other versions of packages and of pleura, or another device" in text

"""How predicted numbers agree with true ones, in a table."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from pleura.evaluate.agreement import AGREEMENT, calibration
from pleura.evaluate.number_metrics import measures
from pleura.evaluate.number_runs import NumberRun
from pleura.report.findings import Estimate, Findings
from pleura.report.sections.agreement import (
    Agreement,
    agreement_table,
    calibrated,
    cautions,
    doubts_of_model,
)


def test_limits_are_in_the_unit_and_as_fine_as_the_numbers_are_spread(findings: Findings) -> None:
    value = np.array([-1.0, -30.26, 28.26, 0.9])
    told = pd.DataFrame({"name": AGREEMENT, "value": value, "low": value - 2, "high": value + 2})
    study = SimpleNamespace(
        findings=findings,
        judged=SimpleNamespace(measures=measures("years", spread=15.0)),
        contents=SimpleNamespace(unit="years"),
    )
    name = findings.reference
    table = agreement_table(Agreement({}, {name: told}, {}), cast(Any, study))
    assert [column.detail for column in table.columns[1:4]] == ["years"] * 3
    (row,) = table.rows
    assert [cell.text for cell in row] == [
        name,
        *("\N{MINUS SIGN}1.0", "\N{MINUS SIGN}30.3", "28.3", ".900"),
    ]


def test_an_interval_without_end_leaves_room_for_the_dots(findings: Findings) -> None:
    """Two patients in a bin have limits far outside of the numbers."""
    numbers = np.linspace(40, 80, 40)
    patients = np.array([f"p{at // 2}" for at in range(40)], dtype=object)
    run = NumberRun("a", 1.0, 0, 0, np.arange(40).astype(str), patients, numbers, numbers)
    curve = calibration([run])
    curve.loc[0, ["low", "high"]] = (-5000.0, 5000.0)
    (axes,) = calibrated({findings.reference: curve}, findings.looks, "age").axes
    low, high = axes.get_ylim()
    assert -40 < low < high < 160


def test_what_is_not_shown_to_beat_the_mean_of_the_test_part_is_named() -> None:
    """An interval of R² that reaches 0 or lies below; one that lies above is not named."""
    r2 = {"a": Estimate(0.1, -0.2, 0.4), "b": Estimate(0.5, 0.3, 0.7), "c": Estimate(-0.3, -0.8, 0)}
    findings = SimpleNamespace(
        fractions=(1.0,), recipes=list(r2), estimate=lambda name, _at, _metric: r2[name]
    )
    study = SimpleNamespace(
        recipes=SimpleNamespace(findings=findings), model=True, of_the_model=lambda _: r2["c"]
    )
    nothing = Agreement({}, {}, {})
    (caution,) = cautions(cast(Any, study), nothing)
    of_a, of_c = "R² .100 (−.200 to .400)", "R² −.300 (−.800 to .000)"
    ending = "not shown to do better than giving every image the mean number of the test part."
    assert caution.text.replace("\u00a0", " ") == f"“a” ({of_a}) and “c” ({of_c}) are {ending}"
    (doubt,) = doubts_of_model(cast(Any, study), nothing)
    assert doubt.replace("\u00a0", " ") == f"It ({of_c}) is {ending}"
    del r2["a"], r2["c"]
    findings.recipes = ["b"]
    assert list(cautions(cast(Any, study), nothing)) == []

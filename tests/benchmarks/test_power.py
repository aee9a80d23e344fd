"""A small, seeded part of what docs/concepts/power.md measures."""

from benchmarks.coverage import Setting
from benchmarks.power import Planned, run


def test_planned_power_and_widths_are_found() -> None:
    """Three standard errors of 60 studies are .15; the variance of a few pilots is known to a
    fifth or so."""
    setting = Setting(80, 0.3, 0.4, 0.85, 5, 0.1, 0.0)
    (row,) = run(Planned(setting, 60, 4, 2, pilots=6), ["auroc"], 60, literature=False)
    assert abs(float(str(row["power_found"])) - 0.8) < 0.17
    for what in ("width", "recipe"):
        planned, found = (float(str(row[f"{what}_{side}"])) for side in ("planned", "found"))
        assert abs(planned / found - 1) < 0.2

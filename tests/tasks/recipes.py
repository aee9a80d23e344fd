"""Recipes of which each trains in another way, for small studies of any task."""

from typing import Any

from tests.networks import SMALL

NET = {"backbone": SMALL, "weights": "random"}
OF_EACH_KIND: dict[str, dict[str, Any]] = {
    "full": {**NET, "strategy": "fine_tuning"},
    "frozen": {**NET, "strategy": "feature_extraction"},
    "hidden": {**NET, "strategy": {"feature_extraction": {"hidden": 8}}},
    "probe first": {**NET, "strategy": "linear_probe_then_fine_tuning"},
}

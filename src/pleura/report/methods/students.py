"""What a methods section says of recipes that learned from a teacher."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pleura.report.numbers import span


def taught_of(settings: Mapping[str, Any], runs: pd.DataFrame) -> list[dict[str, Any]]:
    """Each recipe that another one taught: its `name`, the options of the study file, its `teacher`
    among them, and the number of `images` without label, from run to run."""
    recipes: Mapping[str, Any] = settings.get("recipes") or {}
    every = []
    for name, mine in runs.groupby("recipe", sort=False):
        asked = (recipes.get(str(name)) or {}).get("distillation")
        if asked and "n_unlabelled" in mine:
            images = mine["n_unlabelled"]
            every.append({**asked, "name": name, "images": span(images.min(), images.max())})
    return every

"""How long a study of ten thousand steps takes to plan, and how much memory.

python benchmarks/planning.py
"""

import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from pleura.simulate.xray.disease import LABELS
from pleura.simulate.xray.folder import write_chest_xrays
from pleura.study.run import Study

RECIPES, SEEDS, FRACTIONS, RATES = 20, 20, (0.6, 0.7, 0.8, 0.9, 1.0), (1e-4, 2e-4, 3e-4, 4e-4)


def many_steps(folder: Path) -> dict[str, Any]:
    """A study of more than ten thousand steps on few images."""
    table = write_chest_xrays(folder / "images", patients=48, size=32, seed=0)
    recipes = {
        f"recipe {number}": {
            "backbone": "squeezenet1_0",
            "weights": "random",
            "strategy": {"lora": {"rank": number + 1}},
        }
        for number in range(RECIPES)
    }
    return {
        "question": "which pattern",
        "data": {"manifest": str(table), "size": 32, "classes": list(LABELS)},
        "split": {"test": 0.3, "validation": 0.25},
        "seeds": list(range(SEEDS)),
        "fractions": list(FRACTIONS),
        "reference": "recipe 0",
        "recipes": recipes,
        "training": {"epochs": 1, "precision": "fp32"},
        "tune": {"rates": list(RATES), "penalties": [0.1, 0.2, 0.3, 0.4]},
    }


def main() -> None:
    """Plan, and tell seconds and memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = Study.from_objects(many_steps(folder))
        prepared = study.prepare(folder / "out")
        before = memory()
        begun = time.monotonic()
        plan = prepared.plan_on()
        planned = time.monotonic()
        keys = {step.key for step in plan.steps}
        keyed = time.monotonic()
        missing = plan.missing(prepared.context.steps)
        looked = time.monotonic()
        assert len(keys) == len(plan.steps) == len(missing)
        print(
            f"{len(plan.steps):,} steps: planned in {planned - begun:.1f} s, keys "
            f"{keyed - planned:.1f} s, looked for in {looked - keyed:.1f} s; memory {memory():.0f} "
            f"MB, {before:.0f} MB before"
        )


def memory() -> float:
    """The most that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()

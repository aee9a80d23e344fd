"""Who the patients of a study are, by part."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd

from pleura.study.demographics import demographics


def test_patients_and_images_by_part_and_group() -> None:
    table = pd.DataFrame(
        {
            "Sex": ["F", "F", "M", ""],
            "age": ["30", "30", "60", "x"],
            "source": ["", "", "", ""],
            "view": ["PA", "AP", "PA", "PA"],
            "video": [""] * 4,
        }
    )
    manifest = SimpleNamespace(table=table, groups=np.array(["p", "p", "q", "r"]))
    parts = SimpleNamespace(by_name={"train": np.array([0, 1]), "test": np.array([2, 3])})
    asked: list[tuple[int, int, float]] = []

    def parts_of(*draw: Any) -> Any:
        asked.append(draw)
        return parts

    study = SimpleNamespace(
        fractions=[0.1, 1.0], seeds_at=lambda fraction: [7, 8], subgroup_columns=[]
    )
    context = SimpleNamespace(manifest=manifest, split=SimpleNamespace(parts=parts_of))
    found = demographics(cast(Any, study), cast(Any, context))
    assert asked == [(0, 7, 1.0)]
    rows = set(found.itertuples(index=False, name=None))
    assert {("Sex", "F", "train", 1, 2), ("Sex", "M", "test", 1, 1)} <= rows
    assert ("Sex", "unknown", "test", 1, 1) in rows
    assert {("view", "PA", "train", 1, 1), ("view", "PA", "test", 2, 2)} <= rows
    assert set(found["column"]) == {"Sex", "age", "view"}  # no source is known
    assert found.loc[found["column"] == "age", "images"].sum() == 4
    assert "clips" not in found
    table["video"] = ["v", "v", "", "w"]
    found = demographics(cast(Any, study), cast(Any, context)).set_index(
        ["column", "group", "part"]
    )
    assert found.loc[("view", "PA", "train"), "clips"] == 1
    assert found.loc[("view", "PA", "test"), "clips"] == 1  # the third image is none of a clip

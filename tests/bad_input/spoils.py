"""Ways to spoil a sound study, and what every refusal must hold to."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml

Content = dict[str, Any]
Spoil = Callable[[Path, Content], object]


class Code:
    """What a pickle runs when it is opened: it would write a file."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("open('was_run', 'w').close()",))


def content() -> Content:
    return {
        "question": "which",
        "data": {"manifest": "images.csv", "size": 32},
        "split": {"test": 0.25, "validation": 0.25},
        "seeds": [0],
        "reference": "net",
        "recipes": {"net": {"backbone": "squeezenet1_0", "weights": "random"}},
        "training": {"epochs": 1, "min_steps": 1, "precision": "fp32"},
        "tune": {"rates": [0.001], "penalties": [1.0]},
    }


def write_study(folder: Path, written: Content) -> None:
    (folder / "study.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "images.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def rewrite(change: Callable[[list[dict[str, str]]], Any]) -> Spoil:
    """Change the rows of the manifest in place."""

    def spoil(folder: Path, study: Content) -> None:
        rows = rows_of(folder)
        change(rows)
        with (folder / "images.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return spoil


def table(contents: bytes) -> Spoil:
    return lambda folder, study: (folder / "images.csv").write_bytes(contents)


def setting(section: str, **values: Any) -> Spoil:
    def spoil(folder: Path, study: Content) -> None:
        study[section] = {**study.get(section, {}), **values}

    return spoil


def archive(**arrays: Any) -> Spoil:
    def spoil(folder: Path, study: Content) -> None:
        np.savez(folder / "a.npz", allow_pickle=True, **arrays)
        study["data"] |= {"manifest": "a.npz", "image_is_patient": True}

    return spoil


def relabel(label: Callable[[int, str], str]) -> Spoil:
    def change(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["label"] = label(int(row["patient"][1:]), row["label"])

    return rewrite(change)


def both(*spoils: Spoil) -> Spoil:
    def spoil(folder: Path, study: Content) -> None:
        for one in spoils:
            one(folder, study)

    return spoil


def spoiled(folder: Path, spoil: Spoil) -> None:
    study = content()
    spoil(folder, study)
    contents = study.pop("", None)
    write_study(folder, study)
    if contents is not None:
        (folder / "study.yaml").write_bytes(contents)


def assert_refused(answer: tuple[int, str], words: list[str]) -> None:
    code, message = answer
    assert code == 1, message
    assert message.startswith("pleura: ")
    assert message.count("pleura: ") == 1
    assert "Traceback" not in message
    assert "Warning" not in message
    for word in words:
        assert word in message


def left_in(out: Path) -> set[str]:
    """What a refused study leaves: nothing, or decoded images, which the next run takes up."""
    return {path.name for path in out.iterdir()} if out.exists() else set()

"""The page of a finished study is that of its task."""

from pathlib import Path

import numpy as np
import pytest

from pleura.errors import InputError
from pleura.evaluate.calibration_maps import FindingsMap
from pleura.evaluate.ensembles import outputs_in
from pleura.tables import LABEL, NUMBER
from pleura.tasks.listed import CLASSIFICATION, SEGMENTATION, TASKS, page_of, task_of

LABELS = {"findings": np.zeros((2, 3), np.int64), "numbers": np.zeros(2)}


@pytest.mark.parametrize("text", ["", "question: what", "- a", "task: [", "\0"])
def test_without_a_task_the_table_tells(text: str, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(text)
    assert page_of(tmp_path) is CLASSIFICATION.page
    (tmp_path / "cases.csv").touch()
    assert page_of(tmp_path) is SEGMENTATION.page


def test_a_task_that_this_pleura_lacks_is_named(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("task: ages\n")
    with pytest.raises(InputError, match="this pleura has no task 'ages'; it has clas"):
        page_of(tmp_path)


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if task.labelled])
def test_columns_that_follow_from_outputs_are_named(name: str) -> None:
    """Averages make them anew of their own outputs, and drop what is not named."""
    task = task_of({"task": name})
    classes = ["number"] if name == "numbers" else ["x", "y", "z"]
    outputs = np.zeros((2, len(classes)), np.float32)
    written = task.learned.columns(outputs, LABELS.get(name, np.zeros(2, np.int64)), classes)
    given = {*outputs_in(written), NUMBER, *(f"{LABEL}{each}" for each in classes)}
    assert set(written) - given == set(task.learned.derived)


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if task.labelled])
def test_tables_say_of_labels_what_predictions_do(name: str) -> None:
    """Clues, clips and predictions have the same columns of labels, a row an image."""
    learned, labels = TASKS[name].learned, LABELS.get(name, np.zeros(2, np.int64))
    classes = ["number"] if name == "numbers" else ["x", "y", "z"]
    said = learned.label_columns(labels, classes)
    assert len(said) == len(labels)
    written = learned.columns(np.zeros((2, len(classes)), np.float32), labels, classes)
    assert {"label", *written} >= {*said}
    assert learned.several == any(column.startswith(LABEL) for column in said)
    assert learned.several == (learned.calibration is FindingsMap)

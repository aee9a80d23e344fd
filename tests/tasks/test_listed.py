"""The page of a finished study is that of its task."""

from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.tasks.listed import CLASSIFICATION, SEGMENTATION, page_of


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

"""Where files of weights lie that nobody can download, and what is said where one is missing."""

from pathlib import Path

import pytest

from pleura.errors import InputError
from pleura.models.build import build_backbone
from pleura.models.weight_files import FILES, VARIABLE, find_weights
from pleura.study.step_graph import weights_key
from pleura.study.study_files import make_study

LISTED = "mobilenet_v2_035_features.safetensors"


def weights_in(folder: Path, name: str) -> Path:
    """Where a study file in `folder` finds weights of that name."""
    content = {
        "question": "Which?",
        "data": {"manifest": "images.csv"},
        "split": {"test": 0.2, "validation": 0.2},
        "seeds": [0],
        "reference": "a",
        "recipes": {
            "a": {"backbone": "mobilenet_v2_035", "weights": name, "strategy": "fine_tuning"}
        },
    }
    study = make_study(content, where="study.yaml", relative_to=folder)
    return Path(study.recipes["a"].weights)


def test_a_name_is_looked_for_beside_the_study_and_in_the_folder_of_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, beside = tmp_path / "kept", tmp_path / "studies"
    kept.mkdir()
    beside.mkdir()
    monkeypatch.setenv(VARIABLE, str(kept))
    assert weights_in(beside, LISTED) == kept / LISTED  # where it is to be put
    assert weights_in(beside, "mine.pt") == beside / "mine.pt"
    (kept / "mine.pt").write_bytes(b"of the folder")
    assert weights_in(beside, "mine.pt") == kept / "mine.pt"
    (beside / "mine.pt").write_bytes(b"beside")
    assert weights_in(beside, "mine.pt") == beside / "mine.pt"
    assert weights_in(beside, f"here/{LISTED}") == beside / "here" / LISTED


def test_without_the_variable_it_is_the_folder_weights_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert find_weights(tmp_path / "x" / LISTED, LISTED) == tmp_path / "weights" / LISTED


def test_the_key_of_a_step_does_not_know_where_weights_lie(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / LISTED).write_bytes(b"the same")
    one, other = (weights_key(str(tmp_path / folder / LISTED)) for folder in ("a", "b"))
    assert one == other
    assert one["weights"] == LISTED


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_told_with_what_it_is_and_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        build_backbone("mobilenet_v2_035", str(tmp_path / name))
    for words in (FILES[name].what, FILES[name].source, FILES[name].licence, FILES[name].instead):
        assert words in str(caught.value)
    assert f"there is no file {tmp_path / name}" in str(caught.value)
    assert f"{VARIABLE}=FOLDER" in str(caught.value)

"""The study file: every error named, with the nearest right key."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.errors import InputError
from pleura.study.schema import StudyFile, dump_study, make_study, read_study


def content() -> dict[str, Any]:
    return {
        "question": "which",
        "data": {"manifest": "images.csv"},
        "split": {"test": "split"},
        "reference": "full",
        "recipes": {"full": {"backbone": "resnet18"}},
    }


def make(**changes: Any) -> StudyFile:
    return make_study({**content(), **changes}, where="here", relative_to=Path("/base"))


def test_defaults_and_paths_relative_to_the_file(tmp_path: Path) -> None:
    recipes = {"full": {"backbone": "resnet18", "weights": "w/net.safetensors"}}
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump({**content(), "recipes": recipes}))
    study = read_study(path)
    assert study.data.manifest == tmp_path / "images.csv"
    assert study.recipes["full"].weights == str(tmp_path / "w" / "net.safetensors")
    assert study.seeds_at(1.0) == [0, 1, 2]


def test_the_resolved_file_reads_back_the_same(tmp_path: Path) -> None:
    study = make(seeds={0.1: [0, 1], 1.0: [0]}, fractions=[0.1, 1.0])
    path = tmp_path / "resolved.yaml"
    path.write_text(dump_study(study))
    assert read_study(path) == study
    assert study.seeds_at(0.1) == [0, 1]


def test_unknown_keys_get_the_nearest_name() -> None:
    with pytest.raises(InputError) as caught:
        make(
            fraction=[1],
            training={"epoch": 3, "augmentation": {"flips": 1}},
            recipes={"full": {"backbone": "resnet18", "weight": "random"}},
        )
    text = str(caught.value)
    assert "fraction: unknown key; did you mean 'fractions'?" in text
    assert "training.epoch: unknown key; did you mean 'epochs'?" in text
    assert "training.augmentation.flips: unknown key; did you mean 'flip'?" in text
    assert "recipes.full.weight: unknown key; did you mean 'weights'?" in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reference": "other"}, "'other' is not among the recipes"),
        ({"split": {"test": "split", "folds": 3}}, "either test"),
        ({"split": {}}, "either test"),
        ({"fractions": [0.0]}, "greater than 0"),
        ({"data": {"manifest": "x.csv", "size": "big"}}, "data.size"),
        ({"seeds": [1, 1]}, "none twice"),
        ({"seeds": {0.5: [0]}}, "name each of the fractions"),
        ({"tune": {"rates": [1e-3], "penalties": [1.0, 2.0]}}, "same number"),
        ({"recipes": {"full": {"backbone": "vgg16", "rates": [1e-3]}}}, "same number of trials"),
        ({"recipes": {}}, "recipes"),
        ({"tune": {"rates": [1e-3, 1e-3], "penalties": [1.0, 2.0]}}, "twice"),
        ({"tune": {"rates": [1.0] * 7, "penalties": [1.0] * 7}}, "at most 6"),
        ({"reference": "pixels: x", "recipes": {"pixels: x": {"backbone": "vgg16"}}}, "pixel"),
        ({"data": {"manifest": "x.csv", "classes": ["a"]}}, "at least 2"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match="does not fit") as caught:
        make(**changes)
    assert message in str(caught.value)


def test_all_problems_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        make(fractions=[2], level=7, data={"manifest": "x", "size": 3})
    assert len(caught.value.problems) == 3


def test_changes_from_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(content()))
    changes = ["training.epochs=4", "seeds=[5]", "data.where={source: 'A*'}"]
    study = read_study(path, changes)
    assert (study.training.epochs, study.seeds) == (4, [5])
    assert study.data.where == {"source": "A*"}
    for wrong in ("training.epochs", "question.x=1"):
        with pytest.raises(InputError, match="--set"):
            read_study(path, [wrong])


@pytest.mark.parametrize("text", ["a: [1", "- 1\n- 2", "\x00"])
def test_a_file_that_is_no_study(text: str, tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"study\.yaml"):
        read_study(path)
    with pytest.raises(InputError, match="no such study file"):
        read_study(tmp_path / "none.yaml")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(sorted(StudyFile.model_fields)), value=ANYTHING)
def test_any_value_is_taken_or_refused_by_name(key: str, value: Any) -> None:
    try:
        make(**{key: value})
    except InputError as error:
        assert "does not fit" in str(error)

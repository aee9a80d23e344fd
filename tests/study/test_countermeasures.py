"""Countermeasures in a study: what its file says, what keys hang on them, and how plans tell."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pleura.errors import InputError
from pleura.study.countermeasures import countermeasures_of, lines_of, said_of
from pleura.study.schema import StudyFile
from pleura.study.sections import LungMasks
from pleura.study.study_files import dump_study, make_study, read_study
from tests.study.studies import content

HIDDEN = {"untouched": 0.2, "swapped": 0.5, "narrowest": 0.1, "widest": 0.2}


def made(
    training: dict[str, Any] | None = None,
    steps: dict[str, Any] | None = None,
    /,
    **recipes: dict[str, Any],
) -> StudyFile:
    """A study whose recipes, `full` and others, fine-tune, but for the one that is `frozen`."""
    base = content(Path("images.csv"))
    net = base["recipes"]["full"]
    named = {"full": {}, **recipes}
    study = {
        **base,
        "training": {**base["training"], **(training or {})},
        "steps": steps or {},
        "recipes": {
            name: {**net, **({"strategy": "feature_extraction"} if name == "frozen" else {}), **of}
            for name, of in named.items()
        },
    }
    made = make_study(study, where="here", relative_to=Path("/base"))
    assert isinstance(made, StudyFile)
    return made


def spec(study: StudyFile, recipe: str = "full") -> dict[str, Any]:
    return countermeasures_of(study.training, study.recipes[recipe])


def test_a_file_that_asks_for_nothing_is_that_of_earlier_versions() -> None:
    plain = made()
    assert spec(plain) == {}
    assert "hide" not in dump_study(plain)
    assert "hide" not in plain.training.model_dump()


def test_what_is_asked_stands_in_the_saved_file_and_reads_back(tmp_path: Path) -> None:
    study = made(
        {"hide": "frame"}, plain={"hide": "none"}, wide={"hide": {"frame": {"widest": 0.3}}}
    )
    path = tmp_path / "study.yaml"
    path.write_text(dump_study(study))
    assert read_study(path) == study
    saved = yaml.safe_load(path.read_text())
    for section in (saved["training"], saved["recipes"]["wide"]):
        assert list(section).index("hide") > 3  # what every file says stands before it
    assert spec(study) == {"hide": {"frame": HIDDEN}}
    assert spec(study, "plain") == {}
    assert spec(study, "wide") == {"hide": {"frame": {**HIDDEN, "widest": 0.3}}}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("frames", "training.hide: there is no 'frames'; did you mean 'frame'?"),
        ({}, "training.hide: one name with its options, not []"),
        ({"frame": {"share": 1}}, "training.hide: frame: options that do not fit; share: unknown"),
        ({"frame": {"untouched": 0}}, "untouched: Input should be greater than or equal to 0.05"),
    ],
)
def test_what_does_not_fit_is_named(given: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        made({"hide": given})
    assert message in str(caught.value)


def test_a_segmentation_has_none() -> None:
    study = {**content(Path("images.csv")), "task": "segmentation", "training": {"hide": "frame"}}
    with pytest.raises(InputError, match=r"training\.hide: unknown key"):
        make_study(study, where="here", relative_to=Path("/base"))


def test_a_plan_tells_what_is_done_and_who_knows_nothing_of_it() -> None:
    study = made({"hide": "frame"}, frozen={}, plain={"hide": "none"})
    assert lines_of(study, ["frozen"]) == [
        "note: training.hide: not for frozen: learned from features of whole images",
        "full: against shortcuts: frames of 10% to 20% of the side are hidden in 40% of the "
        "training images, and those of other training images in 40%",
    ]


BEFORE: dict[str, tuple[dict[str, Any], str]] = {
    "probed": (
        {"strategy": "linear_probe_then_fine_tuning"},
        "the linear probe from which its head starts",
    ),
    "cut": ({"strategy": {"truncation": {"at": "auto"}}}, "the probes that chose its depth"),
    "taught": ({"curriculum": ["turned"]}, "the self-supervised steps of its curriculum"),
    "searched": (
        {"curriculum": "auto"},
        "the self-supervised steps of its curriculum and the probes that chose among them",
    ),
    "halved": ({"strategy": {"truncation": {"at": "auto", "by": "halving"}}}, ""),
    "whole": ({"strategy": {"truncation": {"at": 1}}}, ""),
}


@pytest.mark.parametrize("name", BEFORE)
def test_what_a_recipe_learns_before_without_them_is_told(name: str) -> None:
    """By the plan, and by the report, which reads the saved file."""
    recipe, before = BEFORE[name]
    step = {"task": "selfsup", "method": "rotation"}
    study = made({"hide": "frame"}, {"turned": step}, **{name: recipe})
    (line,) = (each for each in lines_of(study, []) if each.startswith(f"{name}: "))
    said = said_of(study.model_dump(mode="json"))[name]
    assert line == f"{name}: against shortcuts: {said}"
    told = f"; without any of this came, before that training, {before}"
    assert said.endswith(told) if before else "before that training" not in said


def test_what_would_do_nothing_is_refused() -> None:
    study = made(frozen={"hide": "frame"})
    with pytest.raises(InputError, match=r"recipes\.frozen\.hide: frozen learns from features"):
        lines_of(study, ["frozen"])
    alone = made({"hide": "frame"})
    with pytest.raises(InputError, match=r"training\.hide: no recipe trains a network"):
        lines_of(alone, ["full"])


GROUPS = [
    ({"group_sampling": "sources", "group_dro": "classes_in_sources"}, "need the same groups"),
    ({"group_dro": "patients"}, "there is no 'patients'"),
    ({"group_dro": {"sources": {"step": 0}}}, "step: Input should be greater than 0"),
    ({"group_dro": "sources", "augmentation": {"mixup": {"alpha": 0.2}}}, "mixup lays images"),
]


@pytest.mark.parametrize(("given", "message"), GROUPS)
def test_groups_that_do_not_fit_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        made(given)
    assert message in str(caught.value)


def test_findings_and_numbers_have_no_class_in_a_source() -> None:
    study = {
        **content(Path("images.csv")),
        "task": "numbers",
        "training": {"group_dro": "classes_in_sources"},
    }
    study["data"]["number"] = {"column": "age"}
    with pytest.raises(InputError, match=r"recipes\.full, frozen: classes_in_sources: an"):
        make_study(study, where="here", relative_to=Path("/base"))


def test_backgrounds_need_lungs() -> None:
    with pytest.raises(InputError, match=r"recipes\.other: swap: background: .* data\.lungs"):
        made(other={"swap": "background"})


def test_a_report_reads_it_in_the_saved_file() -> None:
    study = made({"hide": "frame"}, plain={"hide": "none"}).model_dump(mode="json")
    assert list(said_of(study)) == ["full"]
    assert said_of({"recipes": {"full": {}}}) == {}


@pytest.mark.parametrize(("margin", "lung"), [(0.05, True), (0.5, False)])
def test_frames_of_cropped_images_hold_lung(margin: float, lung: bool) -> None:
    """By the plan, and by the report, which reads the saved file."""
    study = made({"hide": "frame"})
    lungs = LungMasks(masker=Path("chest/best"), crop=margin)
    study = study.model_copy(update={"data": study.data.model_copy(update={"lungs": lungs})})
    (line,) = lines_of(study, [])
    assert ("cropped to their lungs, so that these frames hold lung" in line) == lung
    (said,) = said_of(study.model_dump(mode="json")).values()
    assert line.endswith(said)

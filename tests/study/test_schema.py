"""The study file: every error named, with the nearest right key."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pleura.errors import InputError
from pleura.study.schema import StudyFile
from pleura.study.study_files import dump_study, make_study, read_study


def content() -> dict[str, Any]:
    return {
        "question": "which",
        "data": {"manifest": "images.csv"},
        "split": {"test": "split"},
        "reference": "full",
        "recipes": {"full": {"backbone": "resnet18"}},
    }


def make(**changes: Any) -> StudyFile:
    study = make_study({**content(), **changes}, where="here", relative_to=Path("/base"))
    assert isinstance(study, StudyFile)
    return study


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
        ({"split": {"test": "split", "validation": "part"}}, "the column that test names"),
        ({"split": {"test": 0.2, "validation": "split"}}, "the column that test names"),
        ({"fractions": [0.0]}, "above 0"),
        ({"fractions": []}, "fractions: takes a list of 1 or more"),
        ({"reference": "Full"}, "'Full' is not among the recipes; did you mean 'full'?"),
        (
            {"recipes": {"full": {"backbone": "vgg16", "weights": "ImagNet"}}},
            "recipes.full.weights: there is no file /base/ImagNet; did you mean 'imagenet'?",
        ),
        ({"data": {"manifest": "x.csv", "size": "big"}}, "data.size"),
        ({"seeds": [1, 1]}, "none twice"),
        ({"fractions": [0.5, 0.5]}, "fractions: a value stands there twice"),
        (
            {"split": {"test": 0.2, "rules": {"*": "test"}}},
            "rules: for the empty cells of a column",
        ),
        ({"seeds": {0.5: [0]}}, "name each of the fractions"),
        ({"tune": {"rates": [1e-3], "penalties": [1.0, 2.0]}}, "same number"),
        ({"recipes": {"full": {"backbone": "vgg16", "rates": [1e-3]}}}, "same number of trials"),
        ({"recipes": {}}, "recipes"),
        ({"tune": {"rates": [1e-3, 1e-3], "penalties": [1.0, 2.0]}}, "twice"),
        ({"tune": {"rates": [1.0] * 7, "penalties": [1.0] * 7}}, "1 to 6"),
        ({"reference": "pixels: x", "recipes": {"pixels: x": {"backbone": "vgg16"}}}, "pixel"),
        (
            {
                "ensembles": True,
                "recipes": {
                    name: {"backbone": "vgg16"} for name in ("full", "full, ensemble of 2")
                },
            },
            "'full, ensemble of 2' is a name of averaged trainings",
        ),
        (
            {
                "mirrored": True,
                "recipes": {key: {"backbone": "vgg16"} for key in ["full", "full, mirrored too"]},
            },
            "'full, mirrored too' is a name of averaged trainings",
        ),
        ({"training": {"loss": "focal"}}, "no loss 'focal'"),
        ({"training": {"loss": {"cross_entropy": {"smooth": 0.1}}}}, "did you mean 'smoothing'?"),
        (
            {"training": {"loss": {"cross_entropy": {"smoothing": 0.9}}}},
            "cross_entropy.smoothing goes from 0 to 0.5, not 0.9",
        ),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match="does not fit") as caught:
        make(**changes)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"split": {"test": 1.5}},
            "split.test: takes a text, or a number above 0 and below 1 "
            "(a column with train and test, or the share of patients that test), not 1.5",
        ),
        (
            {"seeds": 3},
            "seeds: takes a list, each a whole number at least 0, or a mapping {name: value} "
            "(such as [0, 1, 2], or {0.1: [0, 1, 2], 1.0: [0]}), not 3",
        ),
        (
            {"data": {"manifest": "x.csv", "classes": ["normal"]}},
            "data.classes: takes a list of 2 or more, each a text of 1 to 80 characters "
            "(labels to keep), not ['normal']",
        ),
        (
            {"fractions": [5, 0]},
            "fractions: takes a list of 1 or more, each a number above 0 and at most 1 "
            "(5 % is 0.05), not 5",
        ),
        (
            {"split": {"test": "split", "rules": {"A*": "tset"}}},
            "split.rules.A*: takes a number above 0 and below 1, or one of train, test, not 'tset'",
        ),
        (
            {"data": {}},
            "data.manifest: is missing; it takes a path "
            "(a CSV file, a folder of class folders, an .npz archive, or public:NAME)",
        ),
        (
            {"recipes": {"full": None}},
            "recipes.full: takes a mapping with the keys weights, rates, missing_weights, ranked, "
            "backbone, network, heads, freeze, curriculum, strategy, hide, swap, group_sampling, "
            "group_dro, distillation, not nothing",
        ),
        (
            {"recipes": {18: {"backbone": "resnet18"}}},
            "recipes: takes texts as names, not 18; put quotes around it",
        ),
        (
            {"mirrored": "hand_over"},
            "mirrored: takes true or false, or a mapping with the keys hand_over (true: each "
            "network also averaged over images and mirror images), not 'hand_over'",
        ),
        (
            {"mirrored": {"hand": True}},
            "mirrored.hand: unknown key; did you mean 'hand_over'? There are: hand_over",
        ),
        (
            {"prevalence": {1: 0.02}},
            "prevalence: takes texts as names, not 1; put quotes around it",
        ),
        (
            {"data": {"manifest": "x.csv", "lungs": {"given": True}}},
            "data.lungs: given stands alone: write lungs: given",
        ),
        (
            {"training": {"epochs": 2.5}},
            "training.epochs: takes a whole number at least 1 (passes over the training images), "
            "not 2.5",
        ),
    ],
)
def test_one_line_a_key_says_what_it_takes(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        make(**changes)
    assert caught.value.problems == (problem,)


def test_a_missing_key_says_what_it_takes() -> None:
    study = content()
    del study["reference"]
    with pytest.raises(InputError) as caught:
        make_study(study, where="here", relative_to=Path("/base"))
    assert caught.value.problems == (
        "reference: is missing; it takes a text of 1 to 80 characters "
        "(the recipe that all others are compared with)",
    )


def test_a_file_of_weights_may_be_called_much_like_imagenet(tmp_path: Path) -> None:
    (tmp_path / "imagenet2").touch()
    recipes = {"full": {"backbone": "resnet18", "weights": "imagenet2"}}
    study = make_study({**content(), "recipes": recipes}, where="here", relative_to=tmp_path)
    assert study.recipes["full"].weights == str(tmp_path / "imagenet2")


def test_a_question_may_be_long() -> None:
    assert make(question="x" * 300).question == "x" * 300


def test_all_problems_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        make(fractions=[2], level=7, data={"manifest": "x", "size": 3})
    assert len(caught.value.problems) == 3


def test_names_are_told_beside_keys_that_do_not_fit() -> None:
    recipes = {
        "full": {"backbone": "resnet18", "weight": "random"},
        "tuned": {"backbone": "resnet18", "strategy": "fine_tunning"},
    }
    with pytest.raises(InputError) as caught:
        make(reference="ful", recipes=recipes)
    key, strategy, reference = caught.value.problems
    assert key.startswith("recipes.full.weight: unknown key")
    assert strategy.startswith("recipes.tuned: ")
    assert "'fine_tuning'" in strategy
    assert reference.startswith("reference: 'ful' is not among the recipes; did you mean 'full'?")
    with pytest.raises(InputError) as caught:
        make(reference="ful")
    assert len(caught.value.problems) == 1


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


def test_base_is_the_default_of_every_recipe() -> None:
    study = make(
        base={"backbone": "resnet18", "weights": "random"},
        recipes={"full": None, "other": {"weights": "imagenet"}},
    )
    assert {name: (r.backbone, r.weights) for name, r in study.recipes.items()} == {
        "full": ("resnet18", "random"),
        "other": ("resnet18", "imagenet"),
    }
    with pytest.raises(InputError, match="base: keys that all recipes share"):
        make(base="resnet18")
    with pytest.raises(InputError, match=r"recipes: takes a mapping .*, not 3$"):
        make(base={"backbone": "resnet18"}, recipes=3)


def test_the_quick_variant_is_a_list_of_changes(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump({**content(), "quick": {"data.patients": 8, "seeds": [3]}}))
    assert read_study(path).data.patients is None
    quick = read_study(path, ["seeds=[4]"], quick=True)
    assert (quick.data.patients, quick.seeds) == (8, [4])
    path.write_text(yaml.safe_dump(content()))
    with pytest.raises(InputError, match="has no quick variant"):
        read_study(path, quick=True)


def test_the_reference_must_be_ranked() -> None:
    with pytest.raises(InputError, match="'full' is not ranked"):
        make(recipes={"full": {"backbone": "resnet18", "ranked": False}})


def test_missing_weights_are_refused_unless_random_ones_may_stand_in() -> None:
    study = make(
        base={"backbone": "resnet18"},
        recipes={"full": None, "other": {"missing_weights": "random"}},
    )
    assert [recipe.missing_weights for recipe in study.recipes.values()] == ["refuse", "random"]
    with pytest.raises(InputError, match=r"recipes\.full\.missing_weights: takes"):
        make(recipes={"full": {"backbone": "resnet18", "missing_weights": "skip"}})

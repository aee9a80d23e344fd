"""What a model is called where others read it."""

from pathlib import Path

from pleura.deploy.title import title_of


def test_a_model_is_called_as_its_study_or_its_recipe(tmp_path: Path) -> None:
    best = tmp_path / "doe" / "best"
    best.mkdir(parents=True)
    assert title_of(best, {"recipe": "frozen"}) == "frozen"  # no study is called doe
    assert title_of(best, {}) == "model"
    (tmp_path / "doe" / "study.yaml").touch()
    assert title_of(best, {"recipe": "frozen"}) == "frozen"  # a plan of a user, beside a model
    (tmp_path / "doe" / "split.json").touch()
    assert title_of(best, {"recipe": "frozen"}) == "doe"

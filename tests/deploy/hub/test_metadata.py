"""The front matter of a card is what the hub reads, and its figures are those of the study."""

from pathlib import Path

import pandas as pd
import pytest
from huggingface_hub import ModelCard

from pleura.deploy.hub.export import HubOptions, export_hub
from pleura.deploy.hub.metadata import IDS, slug
from pleura.report.folder import name_of
from pleura.tasks.listed import page_of
from pleura.wording import decimal


def test_the_hub_reads_it(exported: Path) -> None:
    data = ModelCard.load(exported / "README.md").data
    assert (data.library_name, data.pipeline_tag) == ("pleura", "image-classification")
    assert data.license == "unknown"
    assert "classification" in data.tags
    assert data.model_name == exported.name


def test_results_are_those_of_the_test_part(finished: Path, exported: Path) -> None:
    study = page_of(finished).study(finished)
    summary: pd.DataFrame = study.judged.findings.summary
    mine = summary[summary["recipe"] == name_of(study.contents.best)]
    mine = mine[mine["class"].isin(["macro", "all"])].set_index("metric")
    evaluated = ModelCard.load(exported / "README.md").data.eval_results
    assert evaluated is not None
    assert {each.dataset_split for each in evaluated} == {"test"}
    assert {each.dataset_name for each in evaluated} == {"made | for a test, test part"}
    names = {known: name for name, known in IDS.items()}
    assert len(evaluated) == len(mine)
    for each in evaluated:
        row = mine.loc[names.get(each.metric_type, each.metric_type)]
        assert each.metric_value == pytest.approx(row["value"], abs=1e-4)
        assert each.metric_name is not None
        assert "(95 % interval " in each.metric_name
    [auroc] = [each for each in evaluated if each.metric_type == "roc_auc"]
    low, high = (decimal(mine[end].to_dict()["auroc"]) for end in ("low", "high"))
    assert auroc.metric_name == f"Macro AUROC (95 % interval {low} to {high})"


def test_a_licence_is_that_which_is_named(finished: Path, tmp_path: Path) -> None:
    out = export_hub(finished / "best", tmp_path / "out", HubOptions(licence="cc-by-nc-4.0"))
    card = ModelCard.load(out / "README.md")
    assert card.data.license == "cc-by-nc-4.0"
    assert "This model: `cc-by-nc-4.0`, chosen by who exported it" in card.text


def test_a_slug_has_small_letters_and_digits() -> None:
    assert slug("NLM, Shenzhen set (Jaeger 2014)") == "nlm-shenzhen-set-jaeger-2014"
    assert slug("…") == "images"

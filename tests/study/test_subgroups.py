"""A study that looks at its results by columns of the manifest."""

from pathlib import Path

import pandas as pd
import pytest

from pleura.errors import InputError
from pleura.study.run import Study
from pleura.tables import SHARES, SUBGROUPS
from tests.conftest import without_page
from tests.study.studies import content

pytestmark = pytest.mark.usefixtures("small_forests")

ASKED: list[object] = ["age_group", {"severity": [0, 0.5]}, "view", "source", "sex"]


def study(subgroups: list[object]) -> Study:
    """A frozen network and the pixel baselines on 32 simulated patients."""
    made = content(Path("images.csv"))
    made["data"] = {"simulated": {"kind": "chest-xray", "patients": 32, "size": 32}, "size": 32}
    made["split"] = {"test": 0.5, "validation": 0.5}
    made |= {"seeds": [0], "fractions": [1.0], "reference": "frozen", "subgroups": subgroups}
    made["recipes"] = {"frozen": made["recipes"]["frozen"]}
    made["tune"] = {"rates": [1e-3], "penalties": [1.0]}
    return Study.from_objects(made)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Studies that lie in one folder take the same simulated images."""
    return tmp_path_factory.mktemp("subgroups")


def test_a_finished_study_is_looked_at_by_subgroups_and_nothing_is_done_again(
    folder: Path,
) -> None:
    out = folder / "study"
    begun: list[str] = []
    with without_page():
        study([]).run(out, announce=begun.append)
    assert any("for the networks on this machine" in line for line in begun)
    assert not (out / SUBGROUPS).exists()
    assert "subgroups" not in (out / "study.yaml").read_text()
    said: list[str] = []
    study(ASKED).run(out, announce=said.append)
    assert any("already done" in line and line.startswith("1") for line in said)
    assert not any(line.startswith("[") for line in said)  # steps that are done
    assert not any("for the networks on this machine" in line for line in said)
    note = "note: subgroups left out, a column missing or empty: sex"
    assert any(line.startswith(note) for line in said)
    table = pd.read_csv(out / SUBGROUPS)
    assert list(table) == ["image", "patient", "age_group", "severity", "view", "source"]
    assert set(table["severity"]) <= {"0 to under 0.5", "0.5 and more"}
    predictions = pd.read_csv(out / "predictions.csv")
    assert set(predictions["image"]) <= set(table["image"])
    shares = pd.read_csv(out / SHARES)
    assert set(shares["column"]) >= {"part", "age_group", "view", "severity"}
    parts = shares[(shares["column"] == "part") & (shares["class"] == shares["class"][0])]
    assert parts["patients"].sum() == table["patient"].nunique()
    page = (out / "report.html").read_text(encoding="utf-8")
    assert 'id="subgroups"' in page
    assert "By age_group" in page
    with without_page():
        study([]).run(out)
    assert not (out / SUBGROUPS).exists()


@pytest.mark.parametrize(
    ("subgroups", "told"),
    [
        (["sex", "sex"], "'sex' stands there twice"),
        (["patient"], "'patient' cannot be one, since it is used otherwise"),
        (["label"], "or a copy of this one under another name"),
        ([{"age": [18, 0]}], "age: ascending edges"),
        ([{"age": []}], "age: ascending edges"),
    ],
)
def test_what_makes_no_subgroups_is_refused(subgroups: list[object], told: str) -> None:
    with pytest.raises(InputError) as refused:
        study(subgroups)
    assert told in str(refused.value)


def test_words_where_numbers_are_cut_are_refused_by_row(folder: Path) -> None:
    with pytest.raises(InputError) as refused:
        study([{"age_group": [0, 18]}]).prepare(folder / "refused")
    assert "column age_group says 'adult', which is no number to cut at 0, 18" in str(refused.value)

"""The set with several findings: same seed, same files; what was planted is in the table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.metrics import roc_auc_score

from pleura.data.findings import with_findings
from pleura.data.findings_rule import FindingsRule
from pleura.data.manifest_file import read_manifest
from pleura.simulate.xray.findings.drawn import FINDINGS
from pleura.simulate.xray.findings.folder import simulate_findings, write_findings
from pleura.simulate.xray.findings.record import GIVEN


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_findings(tmp_path_factory.mktemp("findings"), patients=420, size=32)


def there(cells: pd.DataFrame) -> pd.DataFrame:
    """Which findings are there in truth, whatever the report says."""
    return pd.DataFrame({name: cells[f"severity {name}"] > 0 for name in FINDINGS})


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    one, other = (
        write_findings(tmp_path / str(workers), patients=8, size=24, seed=5, workers=workers)
        for workers in (1, 3)
    )
    files = sorted(path.relative_to(one.parent) for path in one.parent.rglob("*.*"))
    assert len(files) > 16
    for name in files:
        assert (one.parent / name).read_bytes() == (other.parent / name).read_bytes()
    another = write_findings(tmp_path / "seed", patients=8, size=24, seed=6)
    assert another.read_bytes() != one.read_bytes()


def test_the_table_is_read_as_findings_are(table: Path) -> None:
    cells = pd.read_csv(table)
    assert {"image", "patient", "sex", "age", "view", "source", *FINDINGS} <= set(cells)
    assert cells["age"].between(19, 85).all()
    assert set(cells["sex"]) == {"Female", "Male"}
    assert set(cells["view"]) == {"AP", "PA"}
    per_patient = cells.groupby("patient")
    assert set(per_patient.size()) == {1, 2, 3}
    assert (per_patient[["sex", "age"]].nunique() == 1).all(axis=None)
    manifest = read_manifest(table, extras=list(FINDINGS), labelled=False)
    found = with_findings(manifest, FindingsRule(names=list(FINDINGS)))
    assert found.problems == ()
    assert set(np.unique(found.labels)) == {-1, 0, 1}


def test_what_goes_along_with_what_is_in_the_table(table: Path) -> None:
    """Shares of 420 patients, four standard errors about what was planted."""
    patients = there(pd.read_csv(table).drop_duplicates("patient"))
    for name, (other, with_it, without) in GIVEN.items():
        sides = [(patients, without)]
        if other:
            sides = [(patients[patients[other]], with_it), (patients[~patients[other]], without)]
        for some, share in sides:
            error = np.sqrt(share * (1 - share) / len(some))
            assert abs(some[name].mean() - share) < 4 * error, name


def test_reports_say_nothing_false_and_leave_much_open(table: Path) -> None:
    cells = pd.read_csv(table)
    truth = there(cells)
    for name in FINDINGS:
        assert truth.loc[cells[name] == 1, name].all()
        assert not truth.loc[cells[name] == 0, name].any()
        of_those_without = cells.loc[~truth[name], name]
        assert abs(of_those_without.isna().mean() - 0.30) < 0.08
        assert abs((of_those_without == -1).mean() - 0.08) < 0.05
        said = cells.loc[truth[name], name]
        assert abs((said == 1).mean() - 0.80) < 0.12


def test_a_forest_finds_each_finding(table: Path) -> None:
    """On 32 x 32 pixels, two thirds of the patients training. Guessing has .5 with a standard error
    of about .04."""
    cells = pd.read_csv(table)
    pictures = [Image.open(table.parent / name).resize((32, 32)) for name in cells["image"]]
    pixels = np.stack([np.asarray(picture).ravel() for picture in pictures])
    trains = cells["patient"] < "patient00280"
    truth = there(cells)
    for name in FINDINGS:
        forest = ExtraTreesClassifier(100, min_samples_leaf=3, random_state=0)
        forest.fit(pixels[trains], truth.loc[trains, name])
        scores = forest.predict_proba(pixels[~trains])[:, 1]
        assert roc_auc_score(truth.loc[~trains, name], scores) > 0.6, name


def test_images_of_a_patient_have_the_same_findings() -> None:
    one, other = (simulate_findings(seed=1, patient=4, image=image, size=24) for image in (0, 1))
    assert [grade > 0 for grade in one.severities.values()] == [
        grade > 0 for grade in other.severities.values()
    ]
    assert (one.sex, one.age, one.hospital) == (other.sex, other.age, other.hospital)
    assert one.image.shape != other.image.shape or (one.image != other.image).any()

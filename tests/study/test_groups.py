"""Labels that are not known, planted in groups of patients: found before a policy decides them, and
before images are left out for them."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from pleura.data.balance import ByFindings, ByStratum
from pleura.data.findings import with_findings
from pleura.data.findings_rule import FindingsRule
from pleura.data.manifest import Manifest
from pleura.data.manifest_file import read_manifest
from pleura.data.numbers import by_mean, with_numbers
from pleura.data.rule import Rule
from pleura.data.split import make_split
from pleura.data.subgroup_column import SubgroupColumn
from pleura.evaluate.shares import OF_CLASS, UNKNOWN, differing
from pleura.study.groups import by_policy, write_groups
from pleura.tables import BY_POLICY, SHARES

PATIENTS = 240
RULE = Rule(test=0.3, validation=0.3, seeds=[0], fractions=[1.0])


def planted(folder: Path, **columns: list[str]) -> Path:
    """A table of patients with an image each; a finding of half of them, not known of 60 % of those
    of 60 years and more, which are seen in AP, and of 10 % of the others."""
    rng = np.random.default_rng(0)
    age = rng.integers(20, 90, PATIENTS)
    old = age >= 60
    open_ = rng.random(PATIENTS) < np.where(old, 0.6, 0.1)
    there = rng.integers(0, 2, PATIENTS)
    table = pd.DataFrame(
        {
            "image": [f"i{number}.png" for number in range(PATIENTS)],
            "patient": [f"p{number}" for number in range(PATIENTS)],
            "view": np.where(old, "AP", "PA"),
            "age": age,
            "Edema": np.where(open_, "", there.astype(str)),
            "Mass": rng.integers(0, 2, PATIENTS),
            "level": np.where(open_, "", rng.integers(0, 100, PATIENTS).astype(str)),
            "label": np.where(open_, "", np.where(there, "ill", "well")),
        }
    )
    table.assign(**columns).to_csv(folder / "images.csv", index=False)
    return folder / "images.csv"


def findings(path: Path, **rule: Any) -> Manifest:
    made = FindingsRule(**rule)
    columns = () if made.separator else made.columns.values()
    return with_findings(read_manifest(path, labelled=False, extras=[*columns]), made)


def shares_of(manifest: Manifest, out: Path, columns: tuple[SubgroupColumn, ...] = ()) -> Any:
    study = SimpleNamespace(subgroup_columns=columns, fractions=[1.0], seeds_at=lambda _: [0])
    balanced = ByFindings.of if manifest.has_findings else ByStratum.rarest
    split = make_split(manifest, RULE, by_mean if manifest.number else balanced)
    context = SimpleNamespace(manifest=manifest, split=split, out=out)
    write_groups(cast(Any, study), cast(Any, context))
    return pd.read_csv(out / SHARES)


def p_values(table: pd.DataFrame) -> Mapping[str, float]:
    """The p value of what is not known, by column; of one label."""
    tested = differing(table)
    tested = tested[tested["share"] == UNKNOWN]
    assert tested["class"].nunique() == 1
    return dict(zip(tested["column"], tested["p_holm"], strict=True))


@pytest.mark.parametrize("policy", ["mask", "zero", "one"])
@pytest.mark.parametrize("names", [["Edema"], ["Edema", "Mass"]])
def test_a_policy_hides_no_finding_that_is_open_more_often_in_one_view(
    policy: str, names: list[str], tmp_path: Path
) -> None:
    manifest = findings(planted(tmp_path), names=names, unknown=policy)
    table = shares_of(manifest, tmp_path)
    p = p_values(table)
    assert set(p) - {"part"} == {"view", "age"}
    assert p["view"] < 1e-6
    assert p["age"] < 1e-6
    unknown = table[table["share"] == UNKNOWN]
    assert set(unknown["class"]) == {"Edema"}
    cells = pd.read_csv(tmp_path / "images.csv", keep_default_na=False)
    for column in ("view", "age"):  # all rows count, those too that are left out
        assert unknown.loc[unknown["column"] == column, "patients"].sum() == PATIENTS
    of_view = unknown[unknown["column"] == "view"].set_index("group")["mean"]
    expected = (cells["Edema"] == "").groupby(cells["view"]).mean()
    assert of_view.to_dict() == pytest.approx(expected.to_dict(), abs=1e-12)


def test_uncertain_cells_are_not_known_either(tmp_path: Path) -> None:
    path = planted(tmp_path)
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    cells["Edema"] = cells["Edema"].replace("", "-1")
    cells.to_csv(path, index=False)
    manifest = findings(path, names=["Edema", "Mass"], uncertain="one")
    assert p_values(shares_of(manifest, tmp_path))["view"] < 1e-6


def test_empty_cells_of_all_findings_are_one_label_that_is_not_known(tmp_path: Path) -> None:
    words = np.array(["Edema", "Mass", "Edema|Mass", "No Finding"])
    path = planted(tmp_path)
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    said = words[np.arange(PATIENTS) % 4]
    cells.assign(label=np.where(cells["label"] == "", "", said)).to_csv(path, index=False)
    manifest = findings(path, names=["Edema", "Mass"], separator="|")
    assert len(manifest) < PATIENTS
    table = shares_of(manifest, tmp_path)
    assert set(table.loc[table["share"] == UNKNOWN, "class"]) == {"all findings"}
    assert p_values(table)["view"] < 1e-6


def test_numbers_that_are_not_there_are_looked_at_by_all_but_themselves(tmp_path: Path) -> None:
    path = planted(tmp_path)
    read = read_manifest(path, labelled=False, extras=["level"])
    table = shares_of(with_numbers(read, "level"), tmp_path)
    assert set(table["share"]) == {UNKNOWN}
    p = p_values(table)
    assert set(p) == {"view", "age"}
    assert max(p.values()) < 1e-6
    cells = pd.read_csv(path, dtype=str, keep_default_na=False)
    cells.loc[cells["view"] == "AP", "age"] = ""
    cells.to_csv(path, index=False)
    aged = with_numbers(read_manifest(path, labelled=False, extras=["age"]), "age")
    table = shares_of(aged, tmp_path)
    assert set(table["column"]) == {"view"}
    assert p_values(table)["view"] < 1e-6


@pytest.mark.parametrize("by", ["classes", "label", "diagnosis"])
def test_rows_without_a_class_that_a_study_leaves_out_are_looked_at(
    tmp_path: Path, by: str
) -> None:
    path = planted(tmp_path)
    if by == "classes":
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
        cells.assign(label=cells["label"].replace("", "unknown")).to_csv(path, index=False)
        manifest = read_manifest(path, classes=["well", "ill"])
    else:
        cells = pd.read_csv(path, dtype=str, keep_default_na=False)
        cells.rename(columns={"label": by}).to_csv(path, index=False)
        where = {by: "?*", "patient": "p*"}
        manifest = read_manifest(path, columns={"label": by}, where=where)
    table = shares_of(manifest, tmp_path)
    assert max(p_values(table)[column] for column in ("view", "age")) < 1e-6
    unknown = table[(table["share"] == UNKNOWN) & (table["column"] == "view")]
    assert set(unknown["class"]) == {"label"}
    assert unknown["patients"].sum() == PATIENTS
    classes = table[(table["share"] == OF_CLASS) & (table["column"] == "view")]
    assert classes["patients"].sum() == 2 * len(manifest)


def test_a_label_that_a_study_does_not_want_is_not_unknown(tmp_path: Path) -> None:
    path = planted(tmp_path, label=["none", "mild", "other"] * (PATIENTS // 3))
    assert read_manifest(path, classes=["none", "mild"]).unknowns is None
    assert read_manifest(path, where={"label": ["mild", "other"]}).unknowns is None


def test_ages_are_cut_where_the_study_says(tmp_path: Path) -> None:
    manifest = findings(planted(tmp_path), names=["Edema", "Mass"])
    table = shares_of(manifest, tmp_path, (SubgroupColumn("age", (0, 60)),))
    of_age = table[table["column"] == "age"]
    assert set(of_age["group"]) == {"0 to 59", "60 and more"}
    assert p_values(table)["age"] < 1e-6


def test_classes_are_not_looked_at_by_age_unless_asked(tmp_path: Path) -> None:
    """Most findings are commoner among the old, which is no fault of the data."""
    table = shares_of(findings(planted(tmp_path), names=["Edema", "Mass"]), tmp_path)
    assert set(table.loc[table["column"] == "age", "share"]) == {UNKNOWN}


def test_where_all_is_known_there_is_nothing_of_it(tmp_path: Path) -> None:
    manifest = findings(planted(tmp_path), names=["Mass"])
    assert manifest.unknowns is None
    assert set(shares_of(manifest, tmp_path)["share"]) == {OF_CLASS}
    assert not (tmp_path / BY_POLICY).exists()


def test_what_a_policy_decided_of_test_images_is_told_by_image(tmp_path: Path) -> None:
    rows = {"image": list("abcdef"), "patient": list("abcdef"), "Edema": ["1", "", "-1", "0"] * 2}
    table = pd.DataFrame({name: cells[:6] for name, cells in rows.items()})
    table["Mass"] = ["", "1", "0", "1", "0", ""]
    table.to_csv(tmp_path / "images.csv", index=False)
    rule = {"unknown": {"Edema": "zero", "Mass": "mask"}, "uncertain": "one"}
    manifest = findings(tmp_path / "images.csv", names=["Edema", "Mass"], **rule)
    assert manifest.labels.tolist() == [[1, -1], [0, 1], [1, 0], [0, 1], [1, 0], [0, -1]]
    told = by_policy(manifest, np.array([0, 1, 2, 5]))
    assert told["image"].tolist() == ["b", "c", "f"]
    assert told["label_Edema"].tolist() == [0, 1, 0]
    assert told["label_Mass"].isna().all()
    assert by_policy(manifest, np.array([0, 3])).empty

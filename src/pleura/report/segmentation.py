"""A study of segmentations: what its folder holds, what that shows, and the model handed over."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from pleura.errors import InputError
from pleura.evaluate.case_runs import ALL
from pleura.evaluate.cases import COMPARED, compare_cases, summarise_cases
from pleura.evaluate.intervals import SIZES
from pleura.report.findings import NOTHING, Findings, order_looks
from pleura.report.folder import Folder, TableFile, of_training, read_folder
from pleura.report.measures import for_page, measures, shown_times
from pleura.report.model import alone, with_its_look
from pleura.report.names import refuse_respelled
from pleura.report.study import Judged, Model, Study
from pleura.tables import CASE_NUMBERS, CASE_TEXT, FINISH, KEYS, require_columns

CASES = TableFile("cases.csv", ("recipe", *CASE_TEXT), (*KEYS[1:], *CASE_NUMBERS))


@dataclass(frozen=True, kw_only=True)
class CasesFolder(Folder):
    """The folder of a study of segmentations. `cases` has one row an image and structure of
    validation or test, `shown` those that no ranking holds. Distances are in `unit` ("mm" or "px";
    "" where none is known)."""

    cases: pd.DataFrame
    shown: pd.DataFrame
    unit: str
    unscaled: int  # test images without a known spacing among others that have one

    @property
    def structures(self) -> tuple[str, ...]:
        """Names of the structures, in the order of the table."""
        return tuple(dict.fromkeys(self.cases["structure"]))

    @property
    def test(self) -> pd.DataFrame:
        """The cases of the test part."""
        return self.cases[self.cases["part"] == "test"]


def read_cases_folder(path: Path) -> CasesFolder:
    """Read a folder (see `read_folder`) with cases.csv.

    Where some images have a known spacing and others none, the distances of the latter are left
    out: millimetres and pixels have no mean. Raises InputError naming what is missing or wrong.
    """
    folder = read_folder(path, CASES.path, score="validation_dice")
    require_columns(folder.runs, ("augmented", "masks"), path / "runs.csv", "columns missing:")
    for runs in (folder.runs, folder.aside):
        runs["augmented"] = runs["augmented"].str.lower()
    cases = CASES.load(path)
    refuse_respelled(cases, folder.data, path / CASES.path)
    if not (cases["part"] == "test").any():
        raise InputError(f"{path / CASES.path} has no rows of the test part; {FINISH}")
    unit = next((unit for unit in ("mm", "px") if (cases["unit"] == unit).any()), "")
    other = (cases["unit"] != unit) & (cases["unit"] != "")
    cases.loc[other, ["hd95", "surface_distance"]] = float("nan")
    aside = cases["recipe"].isin(folder.aside["recipe"])
    return CasesFolder(
        **vars(folder),
        cases=cases[~aside].reset_index(drop=True),
        shown=cases[aside],
        unit=unit,
        unscaled=cases.loc[other & (cases["part"] == "test"), "image"].nunique(),
    )


def judge(contents: CasesFolder) -> Judged:
    """Evaluate the test cases as the study file asks: `comparisons` are of every measure and
    structure, each corrected for its own comparisons alone. Raises InputError."""
    study, test = contents.study, contents.test
    reference, name = str(study["reference"]), str(study.get("metric") or "dice")
    known = measures(contents.unit)
    if name not in known:
        raise InputError(f"study.yaml: no metric {name!r}; choose one of {', '.join(known)}")
    recipes = dict.fromkeys(test["recipe"])
    if reference not in recipes:
        raise InputError(
            f"{contents.path / CASES.path} has no rows of the reference {reference!r} named in "
            f"study.yaml; it has {', '.join(recipes)}"
        )
    margin, level = float(study.get("margin", 0.01)), float(study.get("level", 0.95))
    summary = summarise_cases(test, level=level)
    compared = [
        compare_cases(test, reference=reference, metric=metric, margin=margin, level=level)
        for metric in known
        if len(recipes) > 1 and test[metric].notna().any()
    ]
    comparisons = pd.concat([pd.DataFrame(columns=COMPARED + SIZES), *compared])
    whole = comparisons[comparisons["structure"] == ALL]
    shown = for_page(summary)
    findings = Findings(
        summary=shown,
        comparisons=for_page(whole[whole["metric"] == name]),
        looks=order_looks(shown, known[name], set(), reference),
        reference=reference,
        metric=known[name],
        margin=margin * shown_times(name),
        level=level,
        fractions=tuple(sorted(float(value) for value in set(summary["fraction"]))),
        classes=contents.structures,
    )
    return Judged(findings, known, summary, comparisons)


def with_the_network(study: Study[CasesFolder]) -> Study[CasesFolder]:
    """The study with the network in `best` among its rows; as it is where there is none, or the
    tables do not hold its cases."""
    contents, findings, card = study.contents, study.findings, study.contents.best
    if not card or not (of_training(contents.cases, card)["part"] == "test").any():
        return study
    its = alone(contents, cases=of_training(contents.cases, card))
    every = replace(
        contents,
        cases=pd.concat([contents.cases, its.cases], ignore_index=True),
        runs=pd.concat([contents.runs, its.runs], ignore_index=True),
    )
    summary = for_page(summarise_cases(its.test, level=findings.level))
    judged = replace(study.judged, findings=with_its_look(findings, contents, summary))
    model = Model(its.cases["recipe"].iloc[0], its, its, NOTHING)
    return Study(every, judged, study.by, model, without=study)

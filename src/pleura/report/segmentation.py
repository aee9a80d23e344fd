"""A study of segmentations: what its folder holds, what that shows, and the model handed over."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pleura.csv_file import require_columns
from pleura.evaluate.case_runs import ALL
from pleura.evaluate.cases import compare_cases, summarise_cases
from pleura.report.folder import Folder, read_folder
from pleura.report.measures import for_page, measures, summarise_for_page
from pleura.report.model import with_its_training
from pleura.report.question import findings_of, question_of
from pleura.report.study import Judged, Study
from pleura.report.whole import tested
from pleura.tables import read_cases

CASES = "cases.csv"


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


CasesStudy = Study[CasesFolder]


def read_cases_folder(path: Path) -> CasesFolder:
    """Read a folder (see `read_folder`) with cases.csv.

    Where some images have a known spacing and others none, the distances of the latter are left
    out: millimetres and pixels have no mean. Raises InputError naming what is missing or wrong.
    """
    folder = read_folder(path, CASES, score="validation_dice")
    require_columns(folder.runs, ("augmented", "masks"), path / "runs.csv")
    for runs in (folder.runs, folder.aside):
        runs["augmented"] = runs["augmented"].str.lower()
    cases = read_cases(path / CASES)
    unit = next((unit for unit in ("mm", "px") if (cases["unit"] == unit).any()), "")
    other = (cases["unit"] != unit) & (cases["unit"] != "")
    cases.loc[other, ["hd95", "surface_distance"]] = float("nan")
    ranked, shown = tested(folder, cases, CASES)
    return CasesFolder(
        **vars(folder),
        cases=ranked,
        shown=shown,
        unit=unit,
        unscaled=cases.loc[other & (cases["part"] == "test"), "image"].nunique(),
    )


def judge(contents: CasesFolder) -> Judged:
    """Evaluate the test cases as the study file asks: `comparisons` are of every measure and
    structure, each corrected for its own comparisons alone. Raises InputError."""
    test, metrics = contents.test, measures(contents.unit)
    asked = question_of(contents.study, metrics, test, contents.path / CASES)
    reference, margin, level = asked["reference"], asked["margin"], asked["level"]
    summary = summarise_cases(test, level=level)
    compared = [
        compare_cases(test, reference=reference, metric=name, margin=margin, level=level)
        for name in metrics
        if test[name].notna().any()
    ]
    comparisons, primary = pd.concat(compared), asked["metric"]
    whole = comparisons[(comparisons["structure"] == ALL) & (comparisons["metric"] == primary.name)]
    findings = findings_of(
        {**asked, "margin": margin * primary.shown_times},
        for_page(summary),
        for_page(whole),
        contents.runs,
        contents.structures,
    )
    return Judged(findings, metrics, summary, comparisons)


def with_the_network(study: Study[CasesFolder]) -> Study[CasesFolder]:
    """The study with the network in `best` among its rows; see `with_its_training`."""
    return with_its_training(study, "cases", summarise_for_page)

"""Results by source, such as the hospital that an image comes from."""

from pleura.evaluate.case_runs import ALL
from pleura.evaluate.cases import summarise_cases
from pleura.report.findings import NOTHING
from pleura.report.numbers import count, listing, of_labels
from pleura.report.results import estimate_cell
from pleura.report.segmentation.folder import CasesFolder
from pleura.report.segmentation.judged import Judged
from pleura.report.segmentation.measures import columns, shown
from pleura.report.table import Cell, Column, Table, recipe_cell

COLUMNS = ["recipe", "metric", "value", "low", "high"]
FEWEST = 5  # patients; of fewer, an interval says nothing


def source_table(judged: Judged, contents: CasesFolder) -> tuple[Table | None, str]:
    """Every measure of each recipe on the test images of each source at the largest fraction, and
    in words which sources are too small; None for a single source."""
    findings = judged.findings
    test = contents.test[contents.test["fraction"] == findings.fractions[-1]]
    if test["source"].nunique() < 2:
        return None, ""
    patients = test.groupby("source")["patient"].nunique()
    small = [
        f"{source or 'unnamed'} ({count(number, 'test patient')})"
        for source, number in patients.items()
        if number < FEWEST
    ]
    rows = []
    for source in patients.index[patients >= FEWEST]:
        mine = test[test["source"] == source]
        table = summarise_cases(mine, level=findings.level)
        whole = {
            (recipe, metric): shown(metric, *numbers)
            for recipe, metric, *numbers in table.loc[
                table["structure"] == ALL, COLUMNS
            ].itertuples(index=False, name=None)
        }
        for name, look in findings.looks.items():
            own = mine[mine["recipe"] == name]
            # Of several folds, the model handed over has met the test images of one.
            if (here := own["patient"].nunique()) < FEWEST:
                continue
            told = f"{count(here, 'patient')}, {count(own['image'].nunique(), 'image')}"
            cells = [
                estimate_cell(whole.get((name, metric.name), NOTHING), metric)
                for metric in judged.measures.values()
            ]
            first = recipe_cell(name, look, findings.reference)
            rows.append([first, Cell(source or "unnamed", told), *cells])
    headings = [
        Column("Recipe", number=False),
        Column("Source", "test part", number=False),
        *columns(contents.unit).values(),
    ]
    note = f"Too few test patients to judge by themselves: {listing(small)}." if small else ""
    title = f"By source, {of_labels(findings.fractions[-1])}"
    return Table(title, headings, rows) if rows else None, note

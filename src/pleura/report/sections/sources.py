"""Results by source, such as the hospital that an image comes from."""

from pleura.evaluate.case_runs import ALL
from pleura.report import cells
from pleura.report.findings import NOTHING, estimates
from pleura.report.measures import columns, summarise_for_page
from pleura.report.numbers import count, listing, of_labels
from pleura.report.section import Blocks, Section, Words, always
from pleura.report.segmentation import CasesFolder, CasesStudy
from pleura.report.study import Judged
from pleura.report.table import Cell, Table, table_of

FEWEST = 5  # patients; of fewer, an interval says nothing


def source_table(judged: Judged, contents: CasesFolder) -> tuple[Table | None, str]:
    """Every measure of each recipe on the test images of each source at the largest fraction, and
    which sources are too small; None for a single source."""
    findings = judged.findings
    test = contents.test[contents.test["fraction"] == findings.fractions[-1]]
    if test["source"].nunique() < 2:
        return None, ""
    patients = test.groupby("source")["patient"].nunique()
    rows = []
    for source in patients.index[patients >= FEWEST]:
        mine = test[test["source"] == source]
        table = summarise_for_page(mine, level=findings.level)
        whole = estimates(table[table["class"] == ALL], "recipe", "metric")
        for name, own in findings.by_recipe(mine):
            # Of several folds, the model handed over has met the test images of one.
            if (number := own["patient"].nunique()) < FEWEST:
                continue
            sizes = f"{count(number, 'patient')}, {count(own['image'].nunique(), 'image')}"
            values = [
                cells.estimate(whole.get((name, key), NOTHING), metric)
                for key, metric in judged.measures.items()
            ]
            rows.append([cells.recipe(name, findings), Cell(source or "unnamed", sizes), *values])
    small = [
        f"{source or 'unnamed'} ({count(number, 'test patient')})"
        for source, number in patients[patients < FEWEST].items()
    ]
    title = f"By source, {of_labels(findings.fractions[-1])}"
    names = columns(contents.unit).values()
    return table_of(title, rows, "Recipe | Source / test part", *names), listing(small)


def _blocks(study: CasesStudy, _: bool) -> Blocks:
    table, small = source_table(study.judged, study.contents)
    if table or small:
        yield Words(small_sources=small)
    if table:
        yield table


SECTION = Section("sources", always, _blocks)

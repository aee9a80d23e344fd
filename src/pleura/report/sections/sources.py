"""Results by source, such as the hospital that an image comes from."""

from collections.abc import Iterator

from pleura.evaluate.case_runs import ALL
from pleura.evaluate.cases import summarise_cases
from pleura.report.findings import NOTHING, estimates
from pleura.report.measures import columns, for_page
from pleura.report.numbers import count, listing, of_labels
from pleura.report.section import Block, Section, Words, always
from pleura.report.segmentation import CasesFolder
from pleura.report.study import Judged, Study
from pleura.report.table import Cell, Table, estimate_cell, headings, recipe_cell, table_of

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
        table = for_page(summarise_cases(mine, level=findings.level))
        whole = estimates(table[table["class"] == ALL], "recipe", "metric")
        for name in findings.looks:
            own = mine[mine["recipe"] == name]
            # Of several folds, the model handed over has met the test images of one.
            if (here := own["patient"].nunique()) < FEWEST:
                continue
            told = f"{count(here, 'patient')}, {count(own['image'].nunique(), 'image')}"
            cells = [
                estimate_cell(whole.get((name, key), NOTHING), metric)
                for key, metric in judged.measures.items()
            ]
            rows.append([recipe_cell(name, findings), Cell(source or "unnamed", told), *cells])
    names = [*headings("Recipe | Source / test part"), *columns(contents.unit).values()]
    note = f"Too few test patients to judge by themselves: {listing(small)}." if small else ""
    return table_of(f"By source, {of_labels(findings.fractions[-1])}", names, rows), note


def _blocks(study: Study[CasesFolder], _: bool) -> Iterator[Block]:
    table, small = source_table(study.judged, study.contents)
    if table or small:
        yield Words(small_sources=small)
    if table:
        yield table


SECTION = Section("sources", always, _blocks)

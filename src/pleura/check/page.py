"""The page of a check: what matters on the first screen, then the suspects with their pictures."""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from jinja2 import ChoiceLoader, PackageLoader
from markupsafe import Markup, escape

from pleura.check.clues import KIND, MACRO, ONE_SOURCE, TELLING, told_apart
from pleura.check.verdict import MERGE, Checked, cures, in_a_study, verdict
from pleura.data.audit.finding import Finding
from pleura.data.audit.pictures import MOST, one_below_the_other, patients_first, side_by_side
from pleura.data.manifest import Manifest
from pleura.data.readers import split_address
from pleura.report import cells
from pleura.report.findings import Estimate
from pleura.report.gallery import with_file_names
from pleura.report.numbers import capital, count, decimal
from pleura.report.prose import environment
from pleura.report.section import Block, Gallery, Group, Shot, Text
from pleura.report.table import NOTHING_KNOWN, Cell, Column, Table
from pleura.wording import first_few

SHOWN = 12  # findings of a kind with pictures; the table has all
FIRST = 3  # sentences on clues that stand on the first screen
ALONE = (ONE_SOURCE, KIND)  # kinds whose sentences say by themselves what they mean


def render(checked: Checked, name: str) -> str:
    """The page as HTML; it needs nothing else, and names the table `name`."""
    own = PackageLoader("pleura.check")
    shared = environment()
    assert shared.loader is not None
    templates = shared.overlay(loader=ChoiceLoader([own, shared.loader]))

    def packaged(file: str) -> Markup:
        assert templates.loader is not None
        return Markup(templates.loader.get_source(templates, file)[0])

    script = packaged("sort.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    sections = [
        {"anchor": f"k{number}", "title": capital(kind), "blocks": _shown(_of_kind(checked, of))}
        for number, (kind, of) in enumerate(checked.by_kind.items())
        if kind != KIND
    ]
    if not checked.areas.empty:
        blocks = _shown(_of_clues(checked))
        sections.append({"anchor": "clues", "title": "What gives it away", "blocks": blocks})
    manifest = checked.manifest
    return templates.get_template("check.html.j2").render(
        style=packaged("page.css"),
        script=script,
        script_hash=digest,
        name=name,
        verdict=verdict(checked),
        facts=_facts(manifest),
        urgent=list(_urgent(checked)),
        cures=cures(checked.findings),
        overview=_overview(checked, sections),
        sections=sections,
        sought=checked.sought,
        notes=checked.notes,
    )


def _facts(manifest: Manifest) -> dict[str, str]:
    sources = set(manifest.table["source"]) - {""}
    return {
        "images": f"{len(manifest):,}",
        "patients": f"{len(set(manifest.groups)):,}",
        **({"classes": first_few(manifest.classes, 20)} if manifest.labelled else {}),
        **({"sources": f"{len(sources)}"} if sources else {}),
    }


def _urgent(checked: Checked) -> Iterator[tuple[str, bool]]:
    """What stands at the top, each with whether it stops a study."""
    for kind, of in checked.by_kind.items():
        for merge in (False, True):
            if leaks := [finding for finding in of if finding.leak and finding.merge == merge]:
                more = f" ({len(leaks) - 1:,} more)" if leaks[1:] else ""
                mended = f"; {MERGE} mends it" * merge
                yield f"{capital(kind)}: {_said(checked, leaks[0])}{mended}{more}", True
    for kind in ALONE:
        for finding in checked.by_kind.get(kind, ())[:FIRST]:
            yield _said(checked, finding), False


def _overview(checked: Checked, sections: Sequence[dict[str, Any]]) -> Table:
    rows = []
    for kind, of in checked.by_kind.items():
        found = {row for finding in of for row in finding.rows}
        patients = {checked.manifest.groups[row] for row in found}
        a_study, bad = in_a_study(of)
        rows.append(
            [
                Cell(capital(kind)),
                Cell(f"{len(of):,}", order=len(of)),
                Cell(f"{len(found):,}", order=len(found)) if found else NOTHING_KNOWN,
                Cell(f"{len(patients):,}", order=len(patients)) if found else NOTHING_KNOWN,
                Cell(a_study, tone="bad" * bad),
            ]
        )
    return Table.of("What was found", rows, "Kind | Findings | Images | Patients | A study")


def _of_kind(checked: Checked, findings: Sequence[Finding]) -> Iterator[Block]:
    pictured = [finding for finding in findings if finding.rows]
    if len(findings) > SHOWN:
        yield Text(f"The {SHOWN} surest of {len(findings):,}; audit.csv has all.")
    if pictured:
        widest = max(min(MOST, len(finding.rows)) for finding in pictured[:SHOWN])
        shots = [_shot(checked, finding) for finding in pictured[:SHOWN]]
        yield Gallery(shots, 150 * min(widest, 3))
    rest = [finding for finding in findings if not finding.rows][:SHOWN]
    yield from (Text(_said(checked, finding)) for finding in rest)


def _said(checked: Checked, finding: Finding) -> str:
    """What a finding says, with names of files; audit.csv has their addresses."""
    manifest = checked.manifest
    # A fault of the table has no rows, and can be of any.
    rows = finding.rows or range(len(manifest))
    names = [name for name in manifest.names(rows) if name in finding.text]
    return with_file_names(finding.text, names)


def _shot(checked: Checked, finding: Finding) -> Shot:
    """The images of a finding next to each other, and what is said of them."""
    manifest = checked.manifest
    rows = patients_first(finding.rows, manifest.groups)
    names = [split_address(name)[0].name for name in manifest.names(rows[:MOST])]
    more = len(rows) - MOST
    unless = " that does not merge its patients" * finding.merge
    stop = Markup("<b>Stops a study{}.</b> ").format(unless) if finding.leak else Markup()
    shown = (
        one_below_the_other(finding.crops, "jpeg")
        if finding.crops
        else side_by_side(checked.bank, rows, "jpeg")
    )
    picture = base64.b64encode(shown).decode()
    return Shot(
        f"data:image/jpeg;base64,{picture}",
        f"{finding.kind}: {', '.join(names)}",
        stop + escape(capital(_said(checked, finding))),
        [f"{count(more, 'image')} more"] if more > 0 else (),
    )


def _of_clues(checked: Checked) -> Iterator[Block]:
    areas = checked.areas
    yield Text(
        "AUROC of a random forest that knows only one thing, trained on two thirds of the patients "
        "and judged on the others, in turn; .5 is guessing, 1 is certain. In brackets: 95 % "
        "intervals over patients. What such a clue tells, a network may learn instead of disease. "
        f"Red: {decimal(TELLING, 2)} or more."
    )
    found = {
        (row["clue"], row["target"], row["class"]): Estimate(row["value"], row["low"], row["high"])
        for _, row in areas.iterrows()
    }
    shown = told_apart(areas, findings=checked.manifest.has_findings)
    rows = [
        [Cell(capital(str(clue))), *(_area(found.get((clue, *of))) for of in shown)]
        for clue in dict.fromkeys(areas["clue"])
    ]
    columns = [
        Column(capital(target), MACRO) if name == MACRO else Column(name) for target, name in shown
    ]
    yield Table.of("AUROC by what is known", rows, "What is known", *columns)


def _area(estimate: Estimate | None) -> Cell:
    if estimate is None:
        return NOTHING_KNOWN
    return cells.estimate(estimate, tone="bad" if estimate.value >= TELLING else "")


def _shown(blocks: Iterator[Block]) -> list[tuple[str, object]]:
    """The blocks as the macros of the page take them."""
    shown: list[tuple[str, object]] = []
    for block in blocks:
        it = (
            replace(block, blocks=_shown(iter(block.blocks))) if isinstance(block, Group) else block
        )
        shown.append((type(block).__name__.lower(), it))
    return shown

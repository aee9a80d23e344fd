"""The report of a finished study: one HTML file that needs nothing else, and its two tables."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any

from markupsafe import Markup

from pleura.files import write_atomically, write_text
from pleura.report import verdict
from pleura.report.figures.canvas import house_style, on_white, to_svg
from pleura.report.first_screen import MOST, OF_FACT, first_screen
from pleura.report.layers import Shown, layered, linked, with_cautions
from pleura.report.model import handed_over, is_calibrated, row_told
from pleura.report.numbers import of_labels
from pleura.report.pixels import behind_pixels
from pleura.report.prose import Prose, environment, say
from pleura.report.section import Block, Caution, Figures, Group, Section, Words
from pleura.report.sheet import LONG_FROM, clipped
from pleura.report.study import Study
from pleura.report.tasks import Page
from pleura.tables import MEMBERS, SIDE_BY_SIDE

PAGE = "report.html"
OF_MODEL = "The model in best/: "


def write_report(folder: Path, page: Page[Any]) -> Path:
    """Write summary.csv, comparisons.csv, report.html and `figures` into a finished study's folder,
    as the `page` of its task shows them.

    Everything is computed from the tables there; the page's path is returned. Raises InputError
    naming what is missing or wrong.
    """
    study = page.study(folder)
    text, figures = render(study, page)
    tables = {"summary": study.judged.summary, "comparisons": study.judged.comparisons}
    for name, table in tables.items():
        with write_atomically(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
    for name, svg in figures.items():
        write_text(folder / "figures" / f"{name}.svg", on_white(svg))
    write_text(folder / PAGE, text)
    return folder / PAGE


def render(study: Study[Any], page: Page[Any]) -> tuple[str, dict[str, Markup]]:
    """The page as HTML, and its figures by name; equal inputs give equal bytes."""
    values: dict[str, Any] = {**_shared(study, page), **page.top(study)}
    values |= {key: clipped(values[key], most) for key, most in MOST.items() if key in values}
    values["facts"] = {name: clipped(it, OF_FACT) for name, it in values["facts"].items()}
    top = Prose(page.name, values)
    values["glossary"] = top("glossary")
    figures: dict[str, Markup] = {}
    sections = []
    with house_style():
        filled = found_by(page.sections, study)
        for section, its in filled:
            prose = Prose(section.template or section.anchor, {**values, "evaluated": its})
            if blocks := list(_shown(section.blocks(study, its), prose, figures)):
                title = section.title or prose("title")
                nav = section.nav or section.title or prose("nav")
                sections.append(layered(section.anchor, nav, title, blocks, section.open))
        of_study = linked(cautions(filled, study), sections)
        of_its_model = linked(of_model(filled, study), sections)
        values |= {place: top(place, values) for place in ("before", "after", "aside")}
        first = first_screen(study, values, of_study, of_its_model)
        heading, description, figure = first.figure
        drawn = to_svg(figure, "first", description)
    folded = [*first.cautions.folded, *first.of_model.folded]
    text = (
        environment()
        .get_template("page.html.j2")
        .render(
            values,
            heading=heading,
            figure=drawn,
            not_told=first.not_told,
            cautions=first.cautions,
            of_model=first.of_model,
            sections=[with_cautions(each, [*of_study, *of_its_model], folded) for each in sections],
            called={each.anchor: each.nav for each in sections},
        )
    )
    return text, figures


def found_by(
    sections: tuple[Section[Any, Any], ...], study: Study[Any]
) -> list[tuple[Section[Any, Any], Any]]:
    """The sections that have something to say of a study, with what they have evaluated."""
    every = ((section, study.evaluate(section.find)) for section in sections)
    return [(section, its) for section, its in every if its is not None]


def cautions(filled: list[tuple[Section[Any, Any], Any]], study: Study[Any]) -> list[Caution]:
    """All cautions due: what must be known before all else, serious ones, the others."""
    every = [
        replace(each, see=each.see or section.anchor or section.see)
        for section, its in _ranked(filled)
        for each in section.cautions(study, its)
    ]
    return sorted(every, key=lambda caution: (not caution.first, not caution.serious))


def of_model(filled: list[tuple[Section[Any, Any], Any]], study: Study[Any]) -> list[Caution]:
    """What must be known of the model that is handed over, in full; empty without one."""
    return [
        Caution(text, see=section.anchor or section.see, whose=OF_MODEL)
        for section, its in _ranked(filled if study.model else [])
        for text in section.of_model(study, its)
    ]


def _ranked(filled: list[tuple[Section[Any, Any], Any]]) -> list[tuple[Section[Any, Any], Any]]:
    """The sections in the order in which they warn."""
    return sorted(filled, key=lambda pair: pair[0].warns)


def _shown(blocks: Any, prose: Prose, figures: dict[str, Markup]) -> Iterator[Shown]:
    """The blocks as the macros of the page take them; figures are added to `figures`."""
    block: Block
    for block in blocks:
        match block:
            case Words():
                yield "words", prose(block.name, block.values)
            case Figures():
                for number, (heading, description, figure) in enumerate(block.drawn):
                    name = f"{block.name}_{number}"
                    svg = figures[name] = to_svg(figure, f"{block.name}{number}", description)
                    if block.folded and number:
                        yield "group", Group(heading, [("figure", ("", svg))], folded=True)
                    else:
                        yield "figure", (heading, svg)
            case Group():
                yield "group", replace(block, blocks=list(_shown(block.blocks, prose, figures)))
            case _:
                yield type(block).__name__.lower(), block


def _shared(study: Study[Any], page: Page[Any]) -> dict[str, object]:
    """What the page and all its sections may say."""
    findings, contents = study.recipes.findings, study.contents
    script = _packaged("sort.js") + _packaged("unfold.js")
    name = contents.path.resolve().name
    metrics = findings.metric, page.by, *page.explains
    return {
        "style": _packaged("page.css"),
        "script": script,
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "question": str(
            contents.study.get("question") or "Which recipe works best on these images?"
        ),
        "chosen_by": page.by.label,
        "explained": [each for each in dict.fromkeys(metrics) if each.meaning],
        "verdict": verdict.headline(findings),
        "long_from": LONG_FROM,
        "choice": verdict.choice(findings),
        "handed_over": handed_over(contents, findings, page.by, pixels=not behind_pixels(study)),
        "one_training": "one ensemble" if contents.best.get(MEMBERS) else "one training",
        "beside": say("cost", "beside", steps=contents.environment.get(SIDE_BY_SIDE, "")),
        "row_told": row_told(study.findings, contents),
        "model_is_calibrated": is_calibrated(contents.best),
        "lines": verdict.lines(findings),
        "tones": verdict.TONES,
        "findings": findings,
        "noun": findings.noun,
        "level": f"{100 * findings.level:.4g}",
        "margin": verdict.margin_of(findings),
        "largest": of_labels(findings.fractions[-1]),
        # From the folder above that of the study.
        "methods_command": f"pleura study methods {quote(name)}",
        "command": f"pleura study run {quote(f'{name}/study.yaml')} --out {quote(name)}",
    }


def _packaged(name: str) -> Markup:
    """A style sheet or script of the package, as it is."""
    templates = environment()
    assert templates.loader is not None
    return Markup(templates.loader.get_source(templates, name)[0])

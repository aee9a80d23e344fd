"""The page of an evaluation: one HTML file that needs nothing else, made of the tables in its
folder alone."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from pleura.external.cautions import cautions
from pleura.external.figures import here_and_home
from pleura.external.sections.listed import PARTS
from pleura.external.tables import Evaluated, read_evaluation
from pleura.external.verdict import not_told, verdict
from pleura.files import write_text
from pleura.report.figures.canvas import house_style, on_white, to_svg
from pleura.report.layers import Layered, Shown, layered, linked, with_cautions
from pleura.report.prose import environment
from pleura.report.section import Block, Figures, Group
from pleura.report.sheet import LONG_FROM

PAGE = "evaluation.html"
TEMPLATE = "evaluation.html.j2"


def write_page(folder: Path) -> str:
    """Write the page and its figures of the evaluation in a folder, from its tables alone, and
    return the verdict. Raises InputError naming what is missing or damaged."""
    evaluated = read_evaluation(folder)
    text, figures = render(evaluated)
    for name, svg in figures.items():
        write_text(folder / "figures" / f"{name}.svg", on_white(svg))
    write_text(folder / PAGE, text)
    return verdict(evaluated)


def render(evaluated: Evaluated) -> tuple[str, dict[str, Markup]]:
    """The page as HTML, and its figures by name; equal tables give equal bytes."""
    templates = _templates()
    script = _packaged(templates, "sort.js") + _packaged(templates, "unfold.js")
    figures: dict[str, Markup] = {}
    sections: list[Layered] = []
    with house_style():
        first = to_svg(here_and_home(evaluated), "first", "Metrics here and at home")
        figures["here_and_home"] = first
        for part in PARTS:
            if blocks := list(_shown(part.blocks(evaluated), figures)):
                sections.append(layered(part.anchor, part.nav, part.title, blocks, part.open))
    every = linked(cautions(evaluated), sections)
    said = verdict(evaluated)
    text = templates.get_template(TEMPLATE).render(
        style=_packaged(templates, "page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        name=f"{evaluated.facts['model']} on {evaluated.facts['table']}",
        question=evaluated.card.get("question") or "",
        verdict=said,
        long=len(said) > LONG_FROM,
        figure=first,
        cautions=every,
        not_told=not_told(evaluated),
        facts=_facts(evaluated),
        sections=[with_cautions(each, every) for each in sections],
        called={each.anchor: each.nav for each in sections},
    )
    return text, figures


def _facts(evaluated: Evaluated) -> dict[str, str]:
    patients, images = evaluated.sizes()
    card = evaluated.card
    names = evaluated.noun.several.capitalize()
    return {
        "New patients": f"{patients:,}",
        "New images": f"{images:,}",
        **({names: ", ".join(evaluated.classes)} if evaluated.classes else {}),
        "Recipe": str(card.get("recipe", "")),
        "Network": str(card.get("backbone") or "U-Net"),
        "Primary metric": evaluated.primary.label,
    }


def _shown(blocks: Iterable[Block], figures: dict[str, Markup]) -> Iterator[Shown]:
    """The blocks as the macros of the page take them; figures are added to `figures`."""
    for block in blocks:
        match block:
            case Figures():
                for number, (heading, description, figure) in enumerate(block.drawn):
                    name = f"{block.name}_{number}"
                    figures[name] = to_svg(figure, f"{block.name}{number}", description)
                    yield "figure", (heading, figures[name])
            case Group():
                yield "group", replace(block, blocks=list(_shown(block.blocks, figures)))
            case _:
                yield type(block).__name__.lower(), block


def _templates() -> Environment:
    shared = environment()
    assert shared.loader is not None
    return shared.overlay(loader=ChoiceLoader([PackageLoader("pleura.external"), shared.loader]))


def _packaged(templates: Environment, name: str) -> Markup:
    """A style sheet or script of the package, as it is."""
    assert templates.loader is not None
    source: Any = templates.loader.get_source(templates, name)
    return Markup(source[0])

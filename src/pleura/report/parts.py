"""A page of what is no study, such as an evaluation: one HTML file that needs nothing else, made of
parts that read the tables of one folder."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from jinja2 import Environment
from markupsafe import Markup
from matplotlib.figure import Figure

from pleura.report.figures.canvas import house_style, to_svg
from pleura.report.layers import Layered, Shown, layered, linked, with_cautions
from pleura.report.prose import environment
from pleura.report.section import Block, Caution, Figures, Group
from pleura.report.sheet import LONG_FROM

TEMPLATE = "parts.html.j2"
Of = TypeVar("Of")


@dataclass(frozen=True)
class Part(Generic[Of]):
    """A section: its anchor, title, how it is called in the navigation, and its blocks, without any
    of which it is not shown; the first `open` tables and figures stand open."""

    anchor: str
    nav: str
    title: str
    blocks: Callable[[Of], Iterable[Block]]
    open: int = 1


@dataclass(frozen=True)
class Top(Generic[Of]):
    """The first screen. `over` says what kind of page it is, `name` and `question` of what;
    `verdict` is the answer; `draw` gives the figure under the `heading`, `description` is read
    aloud, and it is saved as `saved_as`; `warning` heads the cautions; `not_told` is what the data
    cannot tell."""

    over: str
    name: str
    question: str
    verdict: str
    heading: str
    description: str
    draw: Callable[[Of], Figure]
    saved_as: str
    warning: str
    cautions: Sequence[Caution]
    not_told: Sequence[str]
    facts: Mapping[str, str]


def render(of: Of, top: Top[Of], parts: Iterable[Part[Of]]) -> tuple[str, dict[str, Markup]]:
    """The page as HTML, and its figures by name; equal tables give equal bytes."""
    templates = environment()
    script = _packaged(templates, "sort.js") + _packaged(templates, "unfold.js")
    figures: dict[str, Markup] = {}
    sections: list[Layered] = []
    with house_style():
        first = to_svg(top.draw(of), "first", top.description)
        figures[top.saved_as] = first
        for part in parts:
            if blocks := list(_shown(part.blocks(of), figures)):
                sections.append(layered(part.anchor, part.nav, part.title, blocks, part.open))
    every = linked(top.cautions, sections)
    text = templates.get_template(TEMPLATE).render(
        style=_packaged(templates, "page.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        over=top.over,
        name=top.name,
        question=top.question,
        verdict=top.verdict,
        long=len(top.verdict) > LONG_FROM,
        heading=top.heading,
        figure=first,
        warning=top.warning,
        cautions=every,
        not_told=top.not_told,
        facts=top.facts,
        sections=[with_cautions(each, every) for each in sections],
        called={each.anchor: each.nav for each in sections},
    )
    return text, figures


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


def _packaged(templates: Environment, name: str) -> Markup:
    """A style sheet or script of the package, as it is."""
    assert templates.loader is not None
    source: Any = templates.loader.get_source(templates, name)
    return Markup(source[0])

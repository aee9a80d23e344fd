"""What a section of the page is: page, navigation, cautions and saved figures go by it alone."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from markupsafe import Markup
from matplotlib.figure import Figure

from pleura.report.looks import Look
from pleura.report.numbers import at_labels, capital
from pleura.report.prose import say
from pleura.report.study import F, Study
from pleura.report.table import Table

Found = TypeVar("Found")
Drawn = tuple[str, str, Figure]  # heading ("" for none), description that is read aloud, figure


# Where a sentence ends and another begins.
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“])")


@dataclass(frozen=True)
class Caution:
    """A warning; `serious` ones touch the verdict itself, the others how far it reaches. `see` is
    the anchor of the section that tells more; empty for the section that warns. Cautions of one
    `kind` say the same of several recipes or groups. `whose` says in that section of whom the text
    speaks. `in_verdict`: the verdict above says as much, so that it need not stand beside it.
    `first`: without it all else would be misread, so that it stands before the other cautions.
    """

    text: str
    serious: bool = True
    see: str = ""
    kind: str = field(default="", compare=False)
    whose: str = ""
    in_verdict: bool = field(default=False, compare=False)
    first: bool = field(default=False, compare=False)

    @property
    def first_sentence(self) -> str:
        """What stands on the first screen."""
        return SENTENCE.split(self.text, maxsplit=1)[0]

    @property
    def on_first_screen(self) -> str:
        """The first sentence where a section tells the rest; else all."""
        return self.first_sentence if self.see else self.text

    @property
    def tells_more(self) -> bool:
        """Whether there is more than the first sentence."""
        return self.first_sentence != self.text


def warn(template: str, block: str, *, serious: bool = True, **values: object) -> Caution:
    """A caution in the words of a block of a section's template."""
    return Caution(say(template, block, **values), serious, kind=f"{template}.{block}")


class Words:
    """Prose: the block `name` of the section's template, filled with `values`."""

    def __init__(self, name: str = "words", **values: object) -> None:
        self.name, self.values = name, values


@dataclass(frozen=True)
class Text:
    """A paragraph of plain text, for a section whose prose is too short for a template."""

    text: str


@dataclass(frozen=True)
class Figures:
    """Figures that are saved as `figures/<name>_<number>.svg`; with `folded` all but the first can
    be unfolded."""

    name: str
    drawn: Iterable[Drawn]
    folded: bool = False


@dataclass(frozen=True)
class Shot:
    """One image of a gallery: `picture` is a data: address, `alt` is read aloud, `caption` and the
    smaller `lines` stand beneath."""

    picture: str
    alt: str
    caption: Markup
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Gallery:
    """Images side by side, each `width` pixels wide or more (0: small squares)."""

    shots: Sequence[Shot]
    width: int = 0
    title: str = ""


@dataclass(frozen=True)
class Group:
    """Blocks under a heading of their own, which can be `folded` away; `look` marks a recipe."""

    title: str
    blocks: Sequence[Any]  # Blocks; for the macros of the page what these become
    folded: bool = False
    look: Look | None = None
    detail: str = ""


Block = Words | Text | Figures | Table | Gallery | Group
Blocks = Iterator[Block]
Cautions = Iterator[Caution]


@dataclass(frozen=True)
class Section(Generic[F, Found]):
    """One section. Its prose lies beside its file, in `sections/<template or anchor>.html.j2`, with
    the blocks `nav` and `title`; where `title` is given no template is needed, and `nav` is what
    the navigation calls it.

    `find` evaluates what the section is about (None: it is not shown and warns of nothing),
    `blocks` are shown (none: the section is not), `cautions` stand before all sections, in the
    order of `warns`, and `of_model` are sentences to be read before the model that is handed over
    is used. A section without an anchor has cautions alone, which lead to the section `see`.
    `of_recipes`: its one caution says of recipes what `of_model` says of the model, so that a page
    about the model alone does without them.

    Of what is shown the first `open` tables, figures and galleries stand open, with the words
    before them; the rest can be unfolded.
    """

    anchor: str
    find: Callable[[Study[F]], Found | None]
    blocks: Callable[[Study[F], Found], Iterable[Block]] = lambda _study, _evaluated: ()
    cautions: Callable[[Study[F], Found], Iterable[Caution]] = lambda _study, _evaluated: ()
    of_model: Callable[[Study[F], Found], Iterable[str]] = lambda _study, _evaluated: ()
    warns: int = 50
    template: str = ""
    title: str = ""
    nav: str = ""
    see: str = ""
    open: int = 1
    of_recipes: bool = False


def always(_study: Study[Any]) -> bool:
    """As `find` of a section that has nothing to evaluate."""
    return True


def doubt(
    cautions: Callable[[Study[F]], Iterable[Caution]], warns: int, see: str = ""
) -> Section[F, bool]:
    """Cautions that belong to no section; more is told in the section `see`."""
    return Section("", always, cautions=lambda study, _: cautions(study), warns=warns, see=see)


def figures_by_fraction(
    name: str,
    description: str,
    fractions: Iterable[float],
    draw: Callable[[float], Figure | None],
    *,
    folded: bool = False,
) -> Figures:
    """A figure for each fraction at which there is something to draw, headed by the fraction."""
    drawn = [
        (capital(where), f"{description}, {where}", figure)
        for fraction in fractions
        for where, figure in [(at_labels(fraction), draw(fraction))]
        if figure
    ]
    return Figures(name, drawn, folded)


def unheaded(name: str, description: str, *figures: Figure | None) -> Figures:
    """The figures of a section that has one, or one for each few classes, without headings; none
    where there is nothing to draw."""
    return Figures(name, [("", description, figure) for figure in figures if figure])


def naming_the_model(study: Study[F], cautions: Iterable[Caution]) -> list[str]:
    """Of cautions those that name the model that is handed over: of the data in general the study's
    own tell already."""
    name = study.model.name if study.model else ""
    return [caution.text for caution in cautions if name and name in caution.text]


def tables(every: Iterable[Table | None]) -> Iterator[Table]:
    """Those that are there."""
    return (table for table in every if table)


def worded(block: str, *every: Table | None, **values: object) -> Iterator[Block]:
    """The tables that are there, under the words of a block; nothing without any."""
    if there := list(tables(every)):
        yield Words(block, **values)
        yield from there


def folded(every: Iterable[Table | None]) -> Iterator[Block]:
    """The first table; of the others the short ones can be unfolded, as long ones can anyway."""
    for i, table in enumerate(tables(every)):
        short = i and len(table.rows) <= Table.LONG
        yield Group(table.title, [table], folded=True) if short else table

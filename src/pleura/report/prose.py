"""The words of the page: templates of the page and of its sections, and how they are filled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import pandas as pd
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pleura.report import numbers
from pleura.report.findings import difference_told, in_words, says_nothing, with_quantity
from pleura.wording import how_often

EVERY = 50  # names in a sentence: all


def quoted(names: Iterable[str], shown: int = 6) -> str:
    """`“a”, “b” and “c”`; of a long list the first few and how many more."""
    return numbers.listing([f"“{name}”" for name in names], shown)


def tally(
    flagged: "pd.Series[bool]", names: "pd.Series[str]", noun: str = "run", quote: str = "“{}”"
) -> list[str]:
    """`“a” (3 of 6 runs)` for each of the `names` with a flagged row, in their order."""
    counts = flagged.groupby(names, sort=False).agg(["sum", "size"])
    return [
        f"{quote.format(name)} ({flags} of {numbers.count(rows, noun)})"
        for name, flags, rows in counts[counts["sum"] > 0].itertuples()
    ]


# What numbers and names are written with, in templates as in Python.
WRITERS = (
    *(numbers.at_labels, numbers.capital, numbers.count, numbers.decimal, numbers.interval),
    *(numbers.listing, numbers.magnitude, numbers.percent, numbers.span, numbers.whole_percent),
    *(difference_told, how_often, in_words, quoted, says_nothing, with_quantity),
)


@cache
def environment() -> Environment:
    """The templates of the page, and those of its sections."""
    places = ("templates", "sections")
    templates = Environment(
        loader=ChoiceLoader([PackageLoader("pleura.report", place) for place in places]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals.update({write.__name__: write for write in WRITERS})
    return templates


@cache
def _unescaped() -> Environment:
    """The same templates for plain text, which the page escapes where it stands; there is no end of
    a line in what is filled in."""
    return environment().overlay(
        autoescape=False, trim_blocks=False, finalize=lambda value: str(value).replace("\n", " ")
    )


@dataclass(frozen=True)
class Prose:
    """The blocks of one template as HTML, in the words of one page."""

    name: str
    shared: Mapping[str, object]

    def __call__(self, block: str, values: Mapping[str, object] | None = None) -> Markup:
        context = {**self.shared, **(values or {})}
        return Markup(_filled(environment(), self.name, block, context).strip())


def sentences(template: str, block: str, **values: object) -> list[str]:
    """The lines of a block that are not empty, as plain text: a line is a sentence, or a few that
    belong together, and conditions decide in the template which are told."""
    lines = _filled(_unescaped(), template, block, values).split("\n")
    return [line.strip() for line in lines if line.strip()]


def say(template: str, block: str, **values: object) -> str:
    """The `sentences` of a block in one text; empty where none is told."""
    return " ".join(sentences(template, block, **values))


def _filled(templates: Environment, name: str, block: str, values: Mapping[str, object]) -> str:
    template = templates.get_template(f"{name}.html.j2")
    return "".join(template.blocks[block](template.new_context(dict(values))))

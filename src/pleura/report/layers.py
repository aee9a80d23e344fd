"""The two layers of the page: what stands open of a section, and what can be unfolded."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from pleura.report.numbers import listing
from pleura.report.section import Caution

Shown = tuple[str, object]  # what kind of block it is, and the block as the page's macros take it
PROSE = ("words", "text")
NAMED = 4  # tables and figures that the line names under which they lie folded


@dataclass(frozen=True)
class Layered:
    """A section as the page shows it: `lead` stands open, `more` lies folded under the line
    `inside`, and `cautions` are those that need more than the sentence on the first screen."""

    anchor: str
    nav: str
    title: str
    lead: Sequence[Shown]
    more: Sequence[Shown] = ()
    inside: str = ""
    cautions: Sequence[Caution] = ()


def layered(anchor: str, nav: str, title: str, shown: Sequence[Shown], most: int) -> Layered:
    """The section with its first `most` tables, figures and galleries open, and the words before
    them; nothing is folded where only words would be."""
    places = [at for at, (kind, _) in enumerate(shown) if kind not in PROSE]
    if len(places) <= most:
        return Layered(anchor, nav, title, shown)
    cut = places[most - 1] + 1 if most else places[0]
    return Layered(anchor, nav, title, shown[:cut], shown[cut:], _inside(shown[cut:]))


def _inside(shown: Iterable[Shown]) -> str:
    """The titles of tables, figures and groups, in a line."""
    titles = [_title(kind, it) for kind, it in shown]
    names = list(dict.fromkeys(filter(None, titles)))
    return listing(names, NAMED) if names else "the rest of this section"


def _title(kind: str, it: object) -> str:
    if kind in PROSE:
        return ""
    if kind == "figure":
        assert isinstance(it, tuple)
        return str(it[0])
    return str(getattr(it, "title", ""))


def linked(every: Iterable[Caution], sections: Iterable[Layered]) -> list[Caution]:
    """The cautions; one whose section is not on this page leads nowhere."""
    anchors = {section.anchor for section in sections}
    return [each if each.see in anchors else replace(each, see="") for each in every]


def with_cautions(
    section: Layered, every: Iterable[Caution], folded: Collection[Caution] = ()
) -> Layered:
    """The section with those of the cautions that lead to it and have more to tell, or are `folded`
    on the first screen, where paper does not show them; each once."""
    its = [
        each for each in every if each.see == section.anchor and (each.tells_more or each in folded)
    ]
    return replace(section, cautions=list(dict.fromkeys(its)))

"""The page of a comparison: one HTML file that needs nothing else, made of the tables in its folder
alone."""

from pathlib import Path

from markupsafe import Markup

from pleura.compare.cautions import cautions
from pleura.compare.figures import both
from pleura.compare.sections.listed import PARTS
from pleura.compare.tables import Compared, read_comparison
from pleura.compare.verdict import differing, lines, not_told, told_rows, verdict
from pleura.files import write_text
from pleura.report import parts
from pleura.report.figures.canvas import on_white

PAGE = "comparison.html"
DRAWN = "both"
FIGURE = f"figures/{DRAWN}.svg"


def write_page(folder: Path) -> tuple[str, ...]:
    """Write the page and its figure of the comparison in a folder, from its tables alone, and
    return what a terminal says. Raises InputError naming what is missing or damaged."""
    compared = read_comparison(folder)
    text, figures = render(compared)
    for name, svg in figures.items():
        write_text(folder / "figures" / f"{name}.svg", on_white(svg))
    write_text(folder / PAGE, text)
    return lines(compared)


def render(compared: Compared) -> tuple[str, dict[str, Markup]]:
    """The page as HTML, and its figures by name; equal tables give equal bytes."""
    first, second = compared.names
    questions = {*compared.facts["questions"]}
    top = parts.Top(
        over="two studies compared",
        name=f"{second} against {first}",
        question=questions.pop() if len(questions) == 1 else "",
        verdict=verdict(compared),
        heading=f"{compared.primary.title} of both, and the difference",
        description=verdict(compared),
        draw=both,
        saved_as=DRAWN,
        warning="Before reading a difference",
        cautions=cautions(compared),
        not_told=not_told(compared),
        facts=_facts(compared),
    )
    return parts.render(compared, top, PARTS)


def _facts(compared: Compared) -> dict[str, str]:
    row = told_rows(compared)[0]
    first, second = (f"{number:,}" for number in row.patients)
    alone = f"{row.patients[0]:,} in both" if compared.paired else f"{first} and {second}"
    seeds = dict.fromkeys(map(str, row.seeds))
    facts = compared.facts
    names = compared.noun.several.capitalize()
    return {
        "Test patients": alone,
        "Compared": "paired" if compared.paired else "each on its own test part",
        **({names: ", ".join(facts["classes"])} if facts["classes"] else {}),
        "Recipes of both": str(compared.tables["differences"]["recipe"].nunique()),
        "Seeds": " and ".join(seeds),
        "Primary metric": compared.primary.label,
        "Settings that differ": str(len(differing(compared)[0])),
    }

"""The page of an evaluation: one HTML file that needs nothing else, made of the tables in its
folder alone."""

from pathlib import Path

from markupsafe import Markup

from pleura.external.cautions import cautions
from pleura.external.figures import here_and_home
from pleura.external.own_folder import PAGE
from pleura.external.sections.listed import PARTS
from pleura.external.tables import Evaluated, read_evaluation
from pleura.external.units import PATIENT
from pleura.external.verdict import not_told, verdict
from pleura.files import write_text
from pleura.report import parts
from pleura.report.figures.canvas import on_white


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
    top = parts.Top(
        over="external evaluation",
        name=f"{evaluated.facts['model']} on {evaluated.facts['table']}",
        question=evaluated.card.get("question") or "",
        verdict=verdict(evaluated),
        heading="Here and at home",
        description="Metrics here and at home",
        draw=here_and_home,
        saved_as="here_and_home",
        warning="Before using the model here",
        cautions=cautions(evaluated),
        not_told=not_told(evaluated),
        facts=_facts(evaluated),
    )
    return parts.render(evaluated, top, PARTS)


def _facts(evaluated: Evaluated) -> dict[str, str]:
    patients, images = evaluated.sizes()
    card = evaluated.card
    names = evaluated.noun.several.capitalize()
    judged = {f"New {evaluated.by}s": f"{images:,}"} if evaluated.by != PATIENT else {}
    return {
        "New patients": f"{patients:,}",
        **judged,
        **({names: ", ".join(evaluated.classes)} if evaluated.classes else {}),
        "Recipe": str(card.get("recipe", "")),
        "Network": str(card.get("backbone") or "U-Net"),
        "Primary metric": evaluated.primary.label,
    }

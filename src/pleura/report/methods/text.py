"""The methods section: a paragraph a topic, with numbered references and marked blanks."""

from dataclasses import dataclass
from typing import Any

from pleura.report.methods.facts import facts_of
from pleura.report.methods.references import Citations
from pleura.report.numbers import at_labels
from pleura.report.prose import say
from pleura.report.study import Study
from pleura.report.verdict import margin_of

# Blocks of the template, with their headings in the order of a paper.
TOPICS = {
    "design": "Study design",
    "data": "Data",
    "reference_standard": "Reference standard",
    "preparation": "Preparation of images",
    "partitions": "Partitions",
    "models": "Models and transfer strategies",
    "training": "Training",
    "tuning": "Tuning and selection",
    "baselines": "Baselines",
    "statistics": "Statistical analysis",
    "probabilities": "Probabilities",
    "delivered": "Final model",
    "checks": "Shortcuts, explanations and fairness",
    "software": "Software",
    "open": "Ethics, funding and availability",
}


@dataclass(frozen=True)
class Methods:
    """The `paragraphs` by heading, and the `references` in the order of their numbers."""

    paragraphs: dict[str, str]
    references: list[str]


def blank(what: str) -> str:
    """A gap that the authors fill."""
    return f"[AUTHORS: {what}]"


def methods_of(study: Study[Any]) -> Methods:
    """The methods section of a finished study."""
    cite, findings = Citations(), study.recipes.findings
    values = {
        **facts_of(study),
        "findings": findings,
        "fractions": [at_labels(each) for each in findings.fractions],
        "level": f"{100 * findings.level:.4g}",
        "margin": margin_of(findings),
        "forest": any("forest" in name for name in findings.baselines),
        "blank": blank,
        "cite": cite,
    }
    texts = {title: say("methods", topic, **values) for topic, title in TOPICS.items()}
    return Methods({title: text for title, text in texts.items() if text}, cite.listed)

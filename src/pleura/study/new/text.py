"""The text of a study file, with comments that say why it is as it is."""

import re
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import yaml

from pleura.study.new.design import BACKBONE, RATES, RECIPES, Design
from pleura.study.new.people import QUICK_SIZE
from pleura.wording import first_few

REFERENCE = "fine-tuning"
_FLOW: dict[str, Any] = {"default_flow_style": True, "width": float("inf"), "sort_keys": False}
_ENDS = re.compile("[\x85\u2028\u2029]")
WIDTH = 100  # letters of a comment's line
QUICK: Mapping[str, Any] = {
    "data.patients": 40,
    "data.size": QUICK_SIZE,
    "seeds": [0],
    "fractions": [1.0],
    "training": {"epochs": 2, "min_steps": 12},
    "tune": {"rates": [0.001], "penalties": [1.0]},
}


def flow(value: Any) -> str:
    """A value in one line of YAML: `{test: 0.2}`, `[a, 'no']`. Letters at which YAML ends a line,
    such as U+2028, are written as escapes, and with them all that is not ASCII."""
    text: str = yaml.safe_dump(value, **_FLOW, allow_unicode=True)
    if _ENDS.search(text):
        text = yaml.safe_dump(value, **_FLOW, allow_unicode=False)
    return text.removesuffix("\n").removesuffix("\n...")


def comments(notes: Sequence[str], before: str = "") -> list[str]:
    """The notes as lines of comments that are not too long."""
    # YAML ends a line at letters, such as U+2028, that `wrap` takes for any other.
    whole = [" ".join(note.splitlines()) for note in notes]
    lines = [line for note in whole for line in wrap(note, WIDTH, break_on_hyphens=False)]
    return [f"{before}# {line}" for line in lines]


def study_text(
    *,
    head: Sequence[str],
    task: str,
    question: str,
    data: Mapping[str, Any],
    data_notes: Mapping[str, Sequence[str]],
    split: Mapping[str, Any],
    split_notes: Sequence[str],
    design: Design,
    hides_names: bool,
) -> str:
    """The study file. `data_notes` are comments by the key of `data` that they stand above;
    `hides_names`: names of patients and files are left out of the page."""
    lines = comments(head)
    lines += [f"task: {task}"] if task != "classification" else []
    lines += [f"question: {flow(question)}", "data:"]
    for key, value in data.items():
        lines += comments(data_notes.get(key, ()), "  ")
        lines.append(f"  {key}: {flow(value)}")
    lines += comments(split_notes)
    lines.append(f"split: {flow(dict(split))}")
    alike = len({tuple(seeds) for seeds in design.seeds.values()}) == 1
    seeds: Any = next(iter(design.seeds.values())) if alike else design.seeds
    lines += [
        "# Each seed draws anew who trains and validates, the first weights, the order of images.",
        f"seeds: {flow(seeds)}",
        "# Shares of the training patients whose labels may be seen.",
        f"fractions: {flow(list(design.seeds))}",
        "# All recipes are compared with this one. A random forest and a linear model on 32 x 32",
        "# pixels come by themselves.",
        f"reference: {REFERENCE}",
        "# Its ImageNet weights are installed; pleura list backbones shows others.",
        f"base: {{backbone: {BACKBONE}}}",
        "recipes:",
        *(f"  {name}: {RECIPES[name]}" for name in design.recipes),
    ]
    if left := [name for name in RECIPES if name not in design.recipes]:
        lines.append(f"  # left out, to keep within an hour: {first_few(left)}")
    if design.rates < RATES:
        lines += [
            "# One trial a recipe and short trainings, to keep within an hour; without these two",
            "# lines each recipe has three rates, and trains for 300 steps at least.",
            f"tune: {flow({'rates': [0.0015], 'penalties': [1.0]})}",
            f"training: {flow({'min_steps': design.steps})}",
        ]
    if hides_names:
        lines += [
            "# Names of patients and files stay out of the report; images are shown, and its",
            "# tables have the names. Without this line the page says whose image is whose.",
            "report: {patients: hidden}",
        ]
    lines.append("# pleura study run FILE --quick: shows that all of it runs, and no more")
    lines.append("quick:")
    lines += [f"  {key}: {flow(value)}" for key, value in QUICK.items()]
    return "\n".join(lines) + "\n"

"""Golden studies exercise all that is listed: what is added must have a place in one of them.

Steps, sections, figures and modules of the report are those that the studies were seen to have
(`covered.json`, which `python -m tests.golden.compare REF --record` writes); all else stands in the
study files.
"""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

import pleura
from pleura.models.unet_options import UNETS
from pleura.study.simulated import SETS
from pleura.study.steps.listed import KINDS
from pleura.study.study_files import read_study
from pleura.tasks.listed import TASKS
from pleura.tasks.losses import Loss
from pleura.tasks.selfsup.listed import METHODS
from pleura.transfer.freezing_plan import COUNTED, PLANS
from pleura.transfer.listed import STRATEGIES
from tests.golden.compare import NAMES, STUDIES
from tests.golden.shown import COVERED

COMMAND = "python -m tests.golden.compare HEAD --record"
REPORT = Path(pleura.__file__).parent / "report"
# Of the pages of evaluations and comparisons alone, which have tests of their own.
BESIDE = {"report/few.py", "report/parts.py"}
PAGES = sorted({task.page.name for task in TASKS.values()})


@cache
def covered(what: str) -> set[str]:
    return set(json.loads(COVERED.read_text(encoding="utf-8"))[what])


def values_of(key: str) -> set[str]:
    """The names that study files give for a key, wherever it stands; of `{name: ...}` the name."""

    def found(content: Any) -> Iterator[str]:
        if isinstance(content, Mapping):
            for name, value in content.items():
                if name == key:
                    yield str(next(iter(value)) if isinstance(value, Mapping) else value)
                else:
                    yield from found(value)
        elif isinstance(content, list):
            for each in content:
                yield from found(each)

    files = [yaml.safe_load((STUDIES / f"{name}.yaml").read_text("utf-8")) for name in NAMES]
    return set(found(files))


@pytest.mark.parametrize(
    ("listed", "key", "default"),
    [
        (STRATEGIES, "strategy", ""),
        (METHODS, "method", ""),
        (UNETS, "network", ""),
        ((*PLANS, *COUNTED), "freeze", "none"),
        (get_args(Loss), "loss", "dice_cross_entropy"),
        (SETS, "kind", ""),
        (("auto", "middle"), "at", ""),
        (("stages", "cuts"), "among", "stages"),
        (("probes", "halving"), "by", "probes"),
        ((*TASKS, "selfsup"), "task", "classification"),
        (("crop", "pad"), "fit", "crop"),
        (("fp32", "bf16"), "precision", ""),
        (("shown", "hidden"), "patients", "shown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_study_has_each_that_is_listed(listed: Iterable[str], key: str, default: str) -> None:
    missing = set(listed) - values_of(key) - {default}
    assert not missing, (
        f"no golden study has `{key}:` {', '.join(sorted(missing))}; put it into a file of "
        f"tests/golden/studies (strategies.yaml, methods.yaml, ...), then run: {COMMAND}"
    )


def assert_covered(what: str, listed: set[str], shown: set[str]) -> None:
    """The golden studies have shown all that is listed, and nothing else."""
    missing, gone = (sorted(names) for names in (listed - shown, shown - listed))
    assert not missing, (
        f"no golden study has shown these {what}: {', '.join(missing)}; see to it that a file of "
        f"tests/golden/studies leads to them, then run: {COMMAND}"
    )
    assert not gone, f"covered.json has {what} that are gone: {', '.join(gone)}; run: {COMMAND}"


def test_each_kind_of_step_was_done() -> None:
    assert_covered("kinds of steps", set(KINDS), covered("kinds"))


@pytest.mark.parametrize("page", PAGES)
def test_each_section_was_shown(page: str) -> None:
    """Once on each kind of page: tasks that share one need not all lead to all of its sections."""
    pages = [task.page for task in TASKS.values() if task.page.name == page]
    anchors = {section.anchor for its in pages for section in its.sections if section.anchor}
    shown = {name for name in covered("sections") if name.startswith(f"{page} ")}
    assert_covered("sections", {f"{page} {anchor}" for anchor in anchors}, shown)


def test_each_module_of_the_report_was_at_work() -> None:
    modules = set()
    for path in REPORT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) for node in tree.body):
            modules.add(str(path.relative_to(REPORT.parent)))
    assert_covered("modules of the report", modules - BESIDE, covered("report") & modules)


def test_what_no_study_has_shown_and_what_is_gone_are_named_with_what_to_do() -> None:
    with pytest.raises(AssertionError, match=r"these sections: b, c; .*studies.* run: .*--record"):
        assert_covered("sections", {"a", "b", "c"}, {"a", "old"})
    with pytest.raises(AssertionError, match=r"sections that are gone: old; run: .*--record"):
        assert_covered("sections", {"a"}, {"a", "old"})
    with pytest.raises(AssertionError, match=r"`strategy:` unheard of; .*strategies\.yaml.* run: "):
        test_a_study_has_each_that_is_listed(["fine_tuning", "unheard of"], "strategy", "")


@pytest.mark.parametrize("name", NAMES)
def test_each_study_file_can_be_read(name: str) -> None:
    read_study(STUDIES / f"{name}.yaml", ())

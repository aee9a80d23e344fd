"""What a section must give, and what follows from it by itself."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from markupsafe import Markup

from pleura.report import page
from pleura.report.classification import ClassifierFolder
from pleura.report.figures.canvas import new_figure
from pleura.report.prose import environment
from pleura.report.section import (
    Block,
    Caution,
    Figures,
    Gallery,
    Group,
    Section,
    Shot,
    Text,
    Words,
    folded,
    worded,
)
from pleura.report.sections import listed
from pleura.report.study import Study
from pleura.report.table import Cell, Table, headings
from pleura.report.tasks import CLASSIFICATION
from pleura.tasks.listed import TASKS

WITHOUT = ("__init__", "listed", "reading")  # lists, and a section that is prose alone
TABLE = Table(
    "Patients by age", headings("Age | Patients / of test"), [[Cell("young"), Cell("3", order=3)]]
)


def blocks(study: Study[ClassifierFolder], found: int) -> Iterator[Block]:
    """One block of each kind that needs no template."""
    yield Text(f"Oldest: {found} <years>.")
    yield TABLE
    yield Figures("ages", (("", f"figure {i}", new_figure(1.0)) for i in range(2)), folded=True)
    shot = Shot("data:image/png;base64,", "an old lung", Markup("<b>old</b>"), ["patient 1"])
    yield Group("Pictures", [Gallery([shot])])


ADDED: Section[ClassifierFolder, int] = Section(
    "ages",
    lambda study: 90,
    blocks,
    lambda study, found: [Caution("Nobody is older."), Caution("By the way.", serious=False)],
    warns=0,
    title="Age & results",
    nav="Age",
)


def test_a_section_that_is_added_is_shown_named_warned_of_and_saved(
    contents: ClassifierFolder, tmp_path: Path
) -> None:
    task = replace(CLASSIFICATION, sections=(*CLASSIFICATION.sections, ADDED))
    text, figures = page.render(task.study(contents.path), task)
    assert '<a href="#ages">Age</a>' in text
    assert "<h2>Age &amp; results</h2>" in text
    assert "<p>Oldest: 90 &lt;years&gt;.</p>" in text
    assert "<caption>Patients by age</caption>" in text
    assert {"ages_0", "ages_1"} <= set(figures)
    assert text.count("figure 1") == 1
    assert "<b>old</b><small>patient 1</small>" in text
    warned = text[text.index("Before believing it") : text.index('<dl class="facts">')]
    first = warned.index("Nobody is older.")
    assert warned.index("<li") < first < warned.index("</li>")
    assert first < warned.index("By the way.")


def test_what_is_not_found_or_has_no_blocks_is_not_shown(contents: ClassifierFolder) -> None:
    absent = replace(ADDED, anchor="absent", find=lambda study: None)
    empty = replace(ADDED, anchor="empty", blocks=lambda study, found: ())
    task = replace(CLASSIFICATION, sections=(*CLASSIFICATION.sections, absent, empty))
    text, _ = page.render(task.study(contents.path), task)
    assert "#absent" not in text
    assert "#empty" not in text
    assert text.count("Nobody is older.") == 1  # of the one that found something


@pytest.mark.parametrize("name", TASKS)
def test_every_listed_section_has_a_name_in_the_navigation(name: str) -> None:
    task = TASKS[name].page
    assert task.by is TASKS[name].score
    anchors = [section.anchor for section in task.sections if section.anchor]
    assert len(anchors) == len(set(anchors))
    for section in task.sections:
        if section.anchor and not section.title:
            template = environment().get_template(f"{section.template or section.anchor}.html.j2")
            assert {"title"} | ({"nav"} if not section.nav else set()) <= set(template.blocks)


def test_both_tasks_account_for_the_study() -> None:
    for sections in (listed.CLASSIFICATION, listed.SEGMENTATION):
        assert sections[-len(listed.ACCOUNT) :] == listed.ACCOUNT


def test_no_template_asks_which_task_it_is_for() -> None:
    places = (Path(listed.__file__).parent, Path(page.__file__).parent / "templates")
    texts = {path.name: path.read_text("utf-8") for at in places for path in at.glob("*.j2")}
    asked = [name for name, text in texts.items() if re.search(r"\btask\b *(==|!=|in\b)", text)]
    assert asked == [], "let the section or the template of the task's page say it"


def test_of_several_tables_short_ones_are_folded() -> None:
    long = replace(TABLE, rows=[*TABLE.rows] * (Table.LONG + 1))
    first, second, third = folded([TABLE, TABLE, None, long])
    assert (first, third) == (TABLE, long)
    assert isinstance(second, Group)
    assert second.folded


def test_tables_stand_under_their_words_and_without_tables_there_are_none() -> None:
    words, *tables = worded("differences", None, TABLE, TABLE, rates=True)
    assert isinstance(words, Words)
    assert (words.name, words.values) == ("differences", {"rates": True})
    assert tables == [TABLE, TABLE]
    assert list(worded("differences", None)) == []


def test_every_section_has_a_test() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    folder = Path(listed.__file__).parent
    sections = [path.stem for path in folder.glob("*.py") if path.stem not in WITHOUT]
    sections += [path.parent.stem for path in folder.glob("*/section.py")]
    imported = r"sections(?:\.| import (?:\w+, )*){}\b"
    without = [name for name in sections if not re.search(imported.format(name), tests)]
    assert without == [], (
        "no test imports these sections: write tests/report/sections/test_NAME.py for each"
    )

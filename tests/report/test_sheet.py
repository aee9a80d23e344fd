"""The first screen fits on one sheet of A4, whatever is told there."""

import pytest

from pleura.report import sheet
from pleura.report.classification import ClassifierFolder
from pleura.report.first_screen import (
    MOST,
    OF_FACT,
    OF_STUDY,
    Cautions,
    cautions_height,
    first_screen,
    parted,
)
from pleura.report.layers import Layered, with_cautions
from pleura.report.section import Caution
from tests.report.conftest import study_of

SENTENCE = "Of the networks that were trained on few images some have learned them by heart."
WORDS = "pneumonia opacity effusion consolidation "
ASIDE = "<p>" + "In brackets: 95 % intervals over patients. " * 9 + "</p>"


def texts(share: float) -> dict[str, object]:
    """The texts of the page, each of a `share` of the characters that it may have."""
    values: dict[str, object] = {
        key: sheet.clipped(WORDS * 20, int(most * share)) for key, most in MOST.items()
    }
    facts = {f"Number {i}": "12" for i in range(6)} | {
        name: sheet.clipped(WORDS * 9, int(OF_FACT * share)) for name in ("Reference", "Structures")
    }
    return values | {"aside": ASIDE, "facts": facts}


@pytest.mark.parametrize(("share", "number"), [(0.1, 5), (0.5, 30), (1.0, 0), (1.0, 30)])
def test_it_fits_whatever_is_told(contents: ClassifierFolder, share: float, number: int) -> None:
    every = [Caution(f"{i} {SENTENCE}", i % 2 == 0, "data") for i in range(number)]
    first = first_screen(study_of(contents), texts(share), every, every)
    assert first.height <= sheet.HEIGHT
    for cautions in (first.cautions, first.of_model):
        assert sorted((*cautions.open, *cautions.folded), key=every.index) == every
    if share == 0.1:
        assert len(first.cautions.open) >= min(number, 3)


def test_the_longest_texts_with_nothing_open_leave_room(contents: ClassifierFolder) -> None:
    many = [Caution("What is wrong. " * 40)] * 9
    first = first_screen(study_of(contents), texts(1.0), many, many)
    assert first.height <= sheet.HEIGHT
    assert len(first.cautions.folded) == 9


def test_serious_cautions_beyond_the_room_are_counted_and_their_sections_named() -> None:
    every = [Caution(f"{i} {SENTENCE}", see=see) for i, see in enumerate("abcdef")]
    every += [Caution("Few patients.", serious=False, see="a")]
    room = cautions_height(Cautions(every[:3], every[3:]))
    cautions = parted(every, OF_STUDY, room, serious=True)
    assert cautions.open == every[:3]
    assert parted(every, OF_STUDY, room - 1, serious=True).open == every[:2]
    called = {see: f"Section {see}" for see in "abcdef"}
    told = "4 more (3 serious), in Section d, Section e, Section f and Section a"
    assert cautions.more(called) == told
    assert Cautions([], every[:1] * 9).more(called) == "9 more (serious), in Section a"
    assert Cautions([], [Caution("a", serious=False)]).more(called) == "1 more"


def test_what_the_verdict_says_does_not_stand_beside_it() -> None:
    said = Caution("No recipe beats pixels.", see="forest", in_verdict=True)
    other = Caution("Few patients.", see="data")
    cautions = parted([said, other], OF_STUDY, serious=True)
    assert (cautions.open, cautions.folded) == ([other], [said])


def test_what_paper_folds_on_the_first_sheet_it_shows_in_its_section() -> None:
    section = Layered("data", "Data", "Data", ())
    whole, other = Caution("One sentence.", see="data"), Caution("Another.", see="data")
    assert with_cautions(section, [whole, other]).cautions == []
    assert with_cautions(section, [whole, other], [other]).cautions == [other]


def test_a_text_that_is_too_long_ends_with_a_word() -> None:
    assert sheet.clipped("one two three", 13) == "one two three"
    assert sheet.clipped("one two three", 12) == "one two …"

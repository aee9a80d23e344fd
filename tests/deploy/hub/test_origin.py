"""What a page about one model tells of its study."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pleura.deploy.card import ClassifierCard, read_card
from pleura.deploy.hub.origin import Origin, origin_of
from pleura.deploy.server.warned import warned
from pleura.report.section import Caution, Section, always

OF_RECIPES = (Caution("Nothing beats chance."), Caution("“frozen” does not."))


def _warns(_study: Any, _found: Any) -> Iterator[Caution]:
    yield from OF_RECIPES
    yield Caution("By the way.", serious=False)


def _of_it(_study: Any, _found: Any) -> Iterator[str]:
    yield "It does not beat chance."


def origin_with(finished: Path, **settings: Any) -> Origin:
    origin = origin_of(finished / "best", read_card(finished / "best", ClassifierCard))
    assert origin.page is not None
    chance = Section("chance", always, cautions=_warns, **settings)
    data: Section[Any, bool] = Section(
        "data", always, cautions=lambda *_: [Caution("Few patients.")], of_model=lambda *_: []
    )
    return replace(origin, page=replace(origin.page, sections=(chance, data)))


def test_what_is_said_of_the_model_is_not_said_of_recipes_again(finished: Path) -> None:
    told = origin_with(finished, of_model=_of_it, of_recipes=True).beside_the_model([])
    assert told == ["It does not beat chance.", "Few patients."]


def test_what_touches_other_than_recipes_stays(finished: Path) -> None:
    every = ["Nothing beats chance.", "“frozen” does not.", "Few patients."]
    for settings in ({"of_model": _of_it}, {"of_recipes": True}):
        told = origin_with(finished, **settings).beside_the_model([])
        assert [each for each in told if each != "It does not beat chance."] == every


def test_a_section_of_which_the_page_says_the_same_is_left_out(finished: Path) -> None:
    origin = origin_with(finished, of_model=_of_it, of_recipes=True)
    assert origin.beside_the_model(["chance"]) == ["Few patients."]


def test_the_page_warns_of_the_pixel_baseline_once(finished: Path) -> None:
    (told,) = [text for text in warned(finished / "best") if "the pixel baseline" in text]
    assert told.startswith("It ")

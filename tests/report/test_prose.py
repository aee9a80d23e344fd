"""Sentences are lines of templates, filled and not escaped."""

import pytest
from jinja2 import UndefinedError

from pleura.report.prose import environment, quoted, say, sentences
from pleura.report.section import warn


def test_a_line_that_is_told_is_a_sentence() -> None:
    told = sentences("tuning", "evaluations", folds=[], ever=42, shown=30)
    assert told == [
        "The test part has been evaluated 42 times in this folder: 30 for the results shown, 12 "
        "for earlier settings."
    ]
    assert sentences("tuning", "evaluations", folds=[], ever=None, shown=30) == []
    assert say("tuning", "evaluations", folds=[], ever=None, shown=30) == ""


def test_names_are_as_they_are_and_break_no_line() -> None:
    """The page escapes a sentence where it stands."""
    (told,) = sentences("earlier", "unconverged", short=["<a> & b\nc", "d"])
    assert "earlier steps <a> & b c and d: recipes" in told
    page = environment().from_string("{{ told }}").render(told=told)
    assert "&lt;a&gt; &amp; b c" in page


def test_what_a_template_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'short' is undefined"):
        say("earlier", "unconverged")


def test_a_caution_has_the_words_of_its_block() -> None:
    caution = warn("shortcuts", "unclear", serious=False)
    assert caution.text.startswith("No source has two test patients of each of two classes: how")
    assert not caution.serious


def test_names_are_quoted() -> None:
    assert quoted([]) == ""
    assert quoted(["a", "b"]) == "“a” and “b”"
    assert quoted("abcd", 2) == "“a”, “b” and 2 more"

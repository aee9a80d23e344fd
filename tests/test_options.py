from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from pleura.data.clips.settings import Frames
from pleura.errors import InputError
from pleura.options import Options, make_named
from pleura.problems import problems_of
from pleura.study.schema import StudyFile
from pleura.tasks.listed import TASKS
from pleura.transfer.truncation import Truncation


def every_section(of: type[Options] = Options) -> Iterator[type[Options]]:
    for section in of.__subclasses__():
        if section.__module__.startswith("pleura."):
            yield section
            yield from every_section(section)


def refused(section: type[Options], name: str, value: object) -> bool:
    """Whether a value does not fit the field, whatever else the section lacks."""
    try:
        section.model_validate({name: value})
    except ValidationError as error:
        return any(name in map(str, problem["loc"][:1]) for problem in error.errors())
    return False


def test_no_number_of_any_section_is_given_as_true_or_false() -> None:
    assert TASKS, "their study files are imported"
    sections = set(every_section())
    numbers = [
        (section, name, field.annotation)
        for section in sections
        for name, field in section.model_fields.items()
        if field.annotation in (int, float, int | None, float | None)
    ]
    assert {Frames, StudyFile} <= sections
    assert len(numbers) > 50
    for section, name, _ in numbers:
        for value in (True, False):
            assert refused(section, name, value), f"{section.__name__}.{name}: {value}"


@pytest.mark.parametrize(
    "given", [{"seeds": [0, True]}, {"seeds": {True: [0]}}, {"fractions": [True]}]
)
def test_nor_in_lists_and_mappings(given: dict[str, object]) -> None:
    (name,) = given
    assert refused(StudyFile, name, given[name])


def test_what_is_true_or_false_stays_so() -> None:
    assert not Frames(number=8, sector=False).sector
    with pytest.raises(ValidationError) as error:
        Frames.model_validate({"number": True})
    (line,) = problems_of(error.value, Frames)
    assert line.startswith("number: takes a whole number at least 1")
    assert line.endswith("not True")


def test_nor_in_the_options_of_a_name() -> None:
    with pytest.raises(InputError, match="strategy truncation: options that do not fit") as error:
        make_named("strategy", {"truncation": {"best": True}}, {"truncation": Truncation})
    assert "best: " in str(error.value)

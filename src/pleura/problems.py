"""What of a file that people write, such as a study file, does not fit a model, in plain words. It
imports little, so that a misspelt name is told at once."""

import types
import typing
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from pleura.errors import nearest
from pleura.options import UNSAID

LONGEST = 60
WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
HUGE = 2**31  # limits that nobody meets on purpose are not told
LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
KEY = "[key]"  # pydantic's end of the location of a key
UNIONS = (types.UnionType, typing.Union)  # the latter where an alternative is annotated


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One line a key of `model` that does not fit, saying what it takes."""
    lines: dict[tuple[Any, ...], str] = {}
    for problem in error.errors():
        place, field = _place(problem["loc"], model)
        line = _line(place, field, dict(problem))
        # Where one of several forms fits but for a name, the name is what is wrong.
        lines[place] = line if _is_name(dict(problem)) else lines.get(place, line)
    # A section that is also something else, such as true, does not fit as that either.
    inside = {place[:end] for place in lines for end in range(len(place))}
    return [line for place, line in lines.items() if place not in inside]


def _is_name(problem: dict[str, Any]) -> bool:
    """Whether what does not fit is a name in a mapping, such as 1 in `{1: 0.02}`."""
    return bool(problem["type"] == "string_type" and problem["loc"][-1:] == (KEY,))


def _line(place: tuple[Any, ...], field: FieldInfo, problem: dict[str, Any]) -> str:
    name = ".".join(map(str, place))
    if problem["type"] == "extra_forbidden":
        *_, key = place
        return f"{name}: unknown key{nearest(str(key), sorted(_model_in(field).model_fields))}"
    if problem["type"] in ("union_tag_invalid", "union_tag_not_found"):
        names = ", ".join(_tags(field))
        return f"{name}.{field.discriminator}: takes one of {names}"
    if problem["type"] == "value_error":
        message = problem["msg"].removeprefix("Value error, ")
        return f"{name}: {message}" if name else message
    value = "nothing" if problem["input"] is None else repr(problem["input"])
    value = value if len(value) <= LONGEST else f"{value[:LONGEST]}..."
    if _is_name(problem):
        return f"{name}: takes texts as names, not {value}; put quotes around it"
    takes = _takes(field.annotation, field.metadata)
    looks = isinstance(problem["input"], bool | int | float | date) and "number" not in takes
    if problem["type"] == "string_type" and looks:
        # What YAML makes of 1, true or 2024-01-31 without quotes. How it was written is lost.
        meant = value.lower() if isinstance(problem["input"], bool) else str(problem["input"])
        value += (
            "; put quotes around a text that looks like a number, a truth value or a date, and "
            f"write it as the table does, such as '{meant}'{_also(problem['input'])}"
        )
    if (
        problem["type"] == "string_type"
        and problem["input"] is None
        and place[-1:] != problem["loc"][-1:]
    ):
        value += "; put quotes around a text that YAML reads as nothing, such as 'null' or '~'"
    takes += f" ({field.description})" if field.description else ""
    if problem["type"] == "missing":
        return f"{name}: is missing; it takes {takes}"
    return f"{name}: takes {takes}, not {value}" if name else f"a study takes {takes}, not {value}"


def _also(read: object) -> str:
    """What YAML reads as the same, after an example of what was meant."""
    if isinstance(read, bool):
        return f" or '{read}'"
    return f" or '{read}0'" if isinstance(read, float) else ""


def _place(loc: Sequence[int | str], model: type[BaseModel]) -> tuple[tuple[Any, ...], FieldInfo]:
    """The part of a pydantic location that a user has written, and the field there.

    What follows are items of lists and pydantic's names of alternatives. Of an unknown key the
    field is that of the section.
    """
    field = FieldInfo(annotation=model)
    place: tuple[Any, ...] = ()
    for number, part in enumerate(loc):
        if field.discriminator and (chosen := _tagged(field, part)):
            field = FieldInfo(annotation=chosen)
            continue
        section = _model_in(field)
        if section and _is_alternative(field, part):
            if part != section.__name__ or number + 1 == len(loc):
                break
            field = FieldInfo(annotation=section)
        elif section:
            place = (*place, part)
            if part not in section.model_fields:
                break
            field = section.model_fields[part]
        elif typing.get_origin(field.annotation) is dict and loc[number + 1 :] != (KEY,):
            place = (*place, part)
            field = FieldInfo.from_annotation(typing.get_args(field.annotation)[1])
        elif _model_in(of := _item(field)):
            place, field = (*place, part), of
        else:
            break
    return place, field


def _is_alternative(field: FieldInfo, part: int | str) -> bool:
    """Whether a part of a location is pydantic's name of one of several forms of a field, such as
    `bool` of true or a section."""
    forms = [kind for kind in typing.get_args(field.annotation) if kind is not type(None)]
    return len(forms) > 1 and part in {getattr(kind, "__name__", "") for kind in forms}


def _tags(field: FieldInfo) -> list[str]:
    """What the key that tells sections apart can hold."""
    key = str(field.discriminator)
    return [
        tag
        for kind in _alternatives(field)
        for tag in typing.get_args(kind.model_fields[key].annotation)
    ]


def _tagged(field: FieldInfo, tag: int | str) -> Any:
    """Of sections that a key tells apart, the one that `tag` names; None for no such tag."""
    for kind in _alternatives(field):
        if tag in typing.get_args(kind.model_fields[str(field.discriminator)].annotation):
            return kind
    return None


def _alternatives(field: FieldInfo) -> list[Any]:
    """The sections that a key tells apart."""
    return [kind for kind in typing.get_args(field.annotation) if kind is not type(None)]


def _item(field: FieldInfo) -> FieldInfo:
    """What a list holds; nothing for other fields."""
    inner = typing.get_args(field.annotation)
    is_list = typing.get_origin(field.annotation) is list
    return FieldInfo.from_annotation(inner[0]) if is_list else FieldInfo(annotation=None)


def _model_in(field: FieldInfo) -> Any:
    """The section that a field holds, or holds unless it is null."""
    kinds = [field.annotation, *typing.get_args(field.annotation)]
    if typing.get_origin(field.annotation) not in (None, *UNIONS):
        return None
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def _takes(kind: Any, limits: Sequence[Any]) -> str:
    """A type in words, with its `limits`."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    bounds = dict(_bounds(limits))
    if origin is typing.Annotated:
        return _takes(inner[0], kind.__metadata__)
    if origin in UNIONS:
        return ", or ".join(_takes(one, limits) for one in inner if one is not type(None))
    if origin is typing.Literal:
        return f"one of {', '.join(inner)}"
    if origin is list:
        least, most = bounds.get("min_length"), bounds.get("max_length")
        size = f" of {least} or more" if least else ""
        if most:
            size = f" of {least} to {most}" if least != most else f" of {most}"
        return f"a list{size}, each {_takes(inner[0], ())}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"a mapping with the keys {', '.join(_keys(kind))}"
    if origin is dict:
        return "a mapping {name: value}"
    if "max_length" in bounds:
        return f"a text of {bounds['min_length']} to {bounds['max_length']} characters"
    limits_in_words = [
        f"{words} {bounds[name]:g}"
        for name, words in LIMITS.items()
        if bounds.get(name, HUGE) < HUGE
    ]
    return f"{WORDS.get(kind, 'a path')} {' and '.join(limits_in_words)}".rstrip()


def _keys(section: type[BaseModel]) -> list[str]:
    """The keys of a section: first those that every file says something of, then the options of
    which nothing is said where they are off."""
    fields = section.model_fields
    return sorted(fields, key=lambda name: UNSAID in fields[name].metadata)


def _bounds(limits: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    for limit in limits:
        if isinstance(limit, FieldInfo):
            yield from _bounds(limit.metadata)
        for name in (*LIMITS, "min_length", "max_length"):
            if (bound := getattr(limit, name, None)) is not None:
                yield name, bound

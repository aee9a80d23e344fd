"""Things that a study file names, with or without options: `name`, or `{name: {option: value}}`."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo

from pleura.data.names import composed
from pleura.errors import InputError, nearest

M = TypeVar("M", bound=BaseModel)
InTable = Annotated[str, AfterValidator(composed)]
"""What stands in the user's table, such as a column: in composed letters, as tables are read."""
TableName = Annotated[InTable, Field(min_length=1, max_length=80)]
"""The same of what the page shows, such as a label."""


class Options(BaseModel):
    """Keys of a study file: unknown ones are errors, and what was read stays as it is. Numbers are
    never given as true or false, which Python counts as 1 and 0."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_boolean_for_a_number(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        numbers = {name for name, field in cls.model_fields.items() if _holds_numbers(field)}
        return {key: _refused(value) if key in numbers else value for key, value in given.items()}


class _Unsaid:
    """Marks a field; see `UNSAID`."""


UNSAID = _Unsaid()
"""Marks an option, None by default, of which nothing is said where it is off: keys of steps and
files of studies that do not use it are those from before there was such an option."""


class SaysWhatIsOn(Options):
    """Options of which those that are marked `UNSAID` are left out of what is written where they
    are None."""

    @model_serializer(mode="wrap")
    def _without_what_is_off(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        fields = type(self).model_fields
        return {
            name: value
            for name, value in written.items()
            if value is not None or UNSAID not in fields[name].metadata
        }


class _Boolean:
    """Stands for true or false where there must be a number, and fits no field."""

    def __init__(self, value: bool) -> None:
        self.value = value

    def __repr__(self) -> str:
        return repr(self.value)


def _refused(value: Any) -> Any:
    """A value, or what lies in it where it is a list or a mapping, so that no truth value fits."""
    if isinstance(value, bool):
        return _Boolean(value)
    if isinstance(value, dict):
        return {_refused(key): _refused(held) for key, held in value.items()}
    return [_refused(held) for held in value] if isinstance(value, list | tuple) else value


def _holds_numbers(field: FieldInfo) -> bool:
    """Whether a field takes numbers, alone or in lists and mappings, and nothing that can be, or
    have in it, true or false."""
    kinds = set(_kinds(field.annotation))
    other = any(kind is bool or isinstance(kind, type(BaseModel)) for kind in kinds)
    return not other and not kinds.isdisjoint((int, float))


def _kinds(annotation: Any) -> Iterator[Any]:
    """The types of which an annotation is made."""
    yield annotation
    for part in get_args(annotation):
        yield from _kinds(part)


def make_named(key: str, spec: str | Mapping[str, Any], models: Mapping[str, type[M]]) -> M:
    """What `spec` names among the `models`; `key` is the study file's.

    Raises InputError for an unknown name or option, with the names there are.
    """
    if not isinstance(spec, str) and len(spec) != 1:
        raise InputError(f"{key}: one name with its options, not {list(spec)}")
    name, options = (spec, None) if isinstance(spec, str) else next(iter(spec.items()))
    if name not in models:
        raise InputError(f"{key}: there is no '{name}'{nearest(name, models)}")
    try:
        return models[name].model_validate(options or {})
    except ValidationError as error:
        fields = models[name].model_fields
        problems = []
        for problem in error.errors():
            option = str(problem["loc"][0]) if problem["loc"] else ""
            fault = "is missing" if problem["type"] == "missing" else problem["msg"]
            if problem["type"] == "extra_forbidden":
                fault = f"unknown option{nearest(option, fields) if fields else ''}"
            problems.append(f"{option}: {fault}")
        raise InputError(f"{key} {name}: options that do not fit", problems) from error


def describe(models: Mapping[str, type[BaseModel]]) -> str:
    """Each model by its name, with the first line of its docstring and its options."""
    lines = []
    for name, model in models.items():
        lines.append(f"{name}: {(model.__doc__ or '').strip().splitlines()[0]}")
        for option, field in model.model_fields.items():
            start = "required" if field.is_required() else f"default {field.default}"
            lines.append(f"    {option} ({start}): {field.description or ''}")
    return "\n".join(lines)

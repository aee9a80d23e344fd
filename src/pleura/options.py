"""Things that a study file names, with or without options: `name`, or `{name: {option: value}}`."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pleura.data.names import composed
from pleura.errors import InputError, nearest

M = TypeVar("M", bound=BaseModel)
InTable = Annotated[str, AfterValidator(composed)]
"""What stands in the user's table, such as a column: in composed letters, as tables are read."""
TableName = Annotated[InTable, Field(min_length=1, max_length=80)]
"""The same of what the page shows, such as a label."""


class Options(BaseModel):
    """Keys of a study file: unknown ones are errors, and what was read stays as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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

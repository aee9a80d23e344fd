"""Places in a network as study files name them: stages by number, cuts by name. It imports no
torch, so that a study file is checked at once."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from pleura.errors import InputError
from pleura.wording import count

if TYPE_CHECKING:
    from pleura.models.backbone import Backbone

CLASSIFIER = "classifier"  # beside the cuts of a backbone, some of which have a cut called head
MIDDLE = "middle"
Place: TypeAlias = Annotated[int, Field(ge=1, strict=True)] | str


def stages(backbone: "Backbone") -> list[list[str]]:
    """The names of all cuts, stage by stage: each stage ends with its own cut.

    The last stage of a truncated backbone ends where the backbone does.
    """
    names: list[list[str]] = [[]]
    for cut in backbone.cuts:
        names[-1].append(cut.name)
        if cut.stage:
            names.append([])
    return [stage for stage in names if stage]


def check_stages(backbone: "Backbone", number: int, most: int) -> None:
    """Raise InputError with the names of the stages where `number` of them is more than `most`."""
    if number > most:
        raise InputError(
            f"{backbone.name}: {count(number, 'stage')} asked for, at most {most} can be",
            [_names_of(backbone)],
        )


def _names_of(backbone: "Backbone") -> str:
    return f"its stages are: {', '.join(stage[-1] for stage in stages(backbone))}"


def cut_at(backbone: "Backbone", place: Place) -> str:
    """The name of the cut at `place`: a cut's name, a number k (after the k-th stage), `middle`.

    The middle of n stages is after stage n / 2, rounded up. Raises InputError with the names that
    there are where the place is unknown.
    """
    ends = [stage[-1] for stage in stages(backbone)]
    if place == "auto":
        raise InputError(
            "`at: auto` is a search that truncation alone has; here a cut's name, a number or "
            "`middle` is needed"
        )
    if place == MIDDLE:
        return ends[(len(ends) + 1) // 2 - 1]
    if isinstance(place, int):
        if place > len(ends):
            raise InputError(
                f"{backbone.name}: no stage {place}; at most {len(ends)} can be named",
                [_names_of(backbone)],
            )
        return ends[place - 1]
    return backbone.cuts[backbone.position(place)].name

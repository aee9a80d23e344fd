"""A column of the manifest that divides the images, as a study file says it.

It imports no pandas, so that a study file is checked at once.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SubgroupColumn:
    """A column that divides the images: by its text as it stands, or, with `edges`, by numbers cut
    there. `edges` ascend; each begins a subgroup, and no number may lie below the first."""

    name: str
    edges: tuple[float, ...] = ()

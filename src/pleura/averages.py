"""What averages of trainings are called, as recipes are."""

import re

# Kinds of runs that trained nothing: several trainings averaged; one, on images and mirror images.
ENSEMBLE, MIRRORED = AVERAGES = "ensemble", "mirrored"
_NAME = re.compile(rf", ({ENSEMBLE} of \d+|{MIRRORED} too)$")


def ensemble_of(recipe: str, members: int) -> str:
    """The name of the mean of so many trainings of a recipe.

    >>> ensemble_of("frozen", 3)
    'frozen, ensemble of 3'
    """
    return f"{recipe}, {ENSEMBLE} of {members}"


def mirrored_too(recipe: str) -> str:
    """The name of the trainings of a recipe, each on images and on their mirror images.

    >>> mirrored_too("frozen")
    'frozen, mirrored too'
    """
    return f"{recipe}, {MIRRORED} too"


def is_average(recipe: str) -> bool:
    """Whether a recipe has the name of an average."""
    return _NAME.search(recipe) is not None


def is_ensemble(recipe: str) -> bool:
    """Whether a recipe has the name of the mean of several trainings.

    >>> is_ensemble("frozen, ensemble of 3"), is_ensemble("frozen, mirrored too")
    (True, False)
    """
    name = _NAME.search(recipe)
    return name is not None and name[1] != f"{MIRRORED} too"

"""What a study file names with options of its own, checked before anything is loaded or read."""

from collections.abc import Callable, Mapping
from typing import Any

from pleura.errors import InputError
from pleura.models.unet_options import make_unet
from pleura.study.study_base import StudyBase
from pleura.tasks.selfsup.listed import make_method
from pleura.transfer.freezing_plan import make_freezing_plan
from pleura.transfer.listed import make_strategy

MAKERS: Mapping[str, Callable[[Any], Any]] = {
    "method": make_method,
    "strategy": make_strategy,
    "network": make_unet,
    "freeze": make_freezing_plan,
}


def wrong_names(study: StudyBase) -> list[str]:
    """One line a strategy, method, U-Net or freezing plan that there is not, or whose options do
    not fit; whether they suit their network is known once that is built."""
    problems = []
    for place, sections in (("steps", study.steps), ("recipes", study.recipes)):
        for name, section in sections.items():
            for key, make in MAKERS.items():
                try:
                    if (given := getattr(section, key, None)) is not None:
                        make(given)
                except InputError as error:
                    problems.append(f"{place}.{name}: {error}")
    return problems

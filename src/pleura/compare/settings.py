"""In which settings two studies differ, by the keys of their study files, and in which versions."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from pleura.compare.studies import Finished, Pair
from pleura.compare.versions import other_versions
from pleura.report.study_file import hides_names, without_folders, without_names

COLUMNS = ["recipe", "key", "first", "second"]
RECIPES = "recipes"
# What a report looks like changes no result.
OF_THE_PAGE = ("question", "report", "margin", "level", "reference", "prevalence")
OF_ORIGIN = ("source", "licence")  # of images; the manifest tells whether they are others
NOTHING = "–"
MOST = 60  # characters of a value
ANOTHER = (
    " (another)"  # of a value that differs where it is not shown: in folders, or after its start
)


def settings_of(pair: Pair) -> pd.DataFrame:
    """A row for each key of the study files that has another value: of a `recipe` that both have,
    or, where that is "", of the study; values as text, without folders of files. `ANOTHER` marks
    the second where what is shown of both is the same. Then a row for each version that differs."""
    whole = [_kept(study) for study in pair]
    first, second = (
        dict(_flat(_shown(study, its))) for study, its in zip(pair, whole, strict=True)
    )
    both = set(_recipes(pair[0])) & set(_recipes(pair[1]))
    rows = []
    for keys in dict.fromkeys([*first, *second]):
        recipe = keys[1] if keys[0] == RECIPES and len(keys) > 1 else ""
        if recipe and recipe not in both:
            continue
        ours, theirs = (_text(_at(its, keys)) for its in whole)
        if ours == theirs:
            continue
        one, two = (_cut(_text(its.get(keys))) for its in (first, second))
        two += ANOTHER * (one == two)
        rows.append((recipe, ".".join(keys[2:] if recipe else keys), one, two))
    rows += [("", *each) for each in other_versions(pair)]
    return pd.DataFrame(rows, columns=COLUMNS)


def only_one_has(pair: Pair, tested: tuple[list[str], list[str]]) -> tuple[list[str], list[str]]:
    """The recipes and baselines, `tested` in each study, that one study has alone."""
    ours, theirs = tested
    return [each for each in ours if each not in theirs], [
        each for each in theirs if each not in ours
    ]


def _recipes(study: Finished) -> Mapping[str, Any]:
    recipes = study.settings.get(RECIPES)
    return recipes if isinstance(recipes, Mapping) else {}


def _kept(study: Finished) -> Mapping[str, Any]:
    """The settings that can change a result."""
    settings = {key: it for key, it in study.settings.items() if key not in OF_THE_PAGE}
    if isinstance(data := settings.get("data"), Mapping):
        settings["data"] = {key: it for key, it in data.items() if key not in OF_ORIGIN}
    return settings


def _shown(study: Finished, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    hide = without_names if hides_names(study.settings) else without_folders
    shown: Mapping[str, Any] = hide(settings)
    return shown


def _at(value: Any, keys: tuple[str, ...]) -> Any:
    """The value to which keys lead, as `_flat` has them; None where there is none."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = {str(name): each for name, each in value.items()}.get(key)
    return value


def _flat(value: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that is no mapping, by the keys that lead to it."""
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _flat(each, (*keys, str(key)))
    elif keys:
        yield keys, value


def _text(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return NOTHING
    text = ", ".join(map(_text, value)) if isinstance(value, list) else str(value)
    if isinstance(value, bool):
        text = "yes" if value else "no"
    return text


def _cut(text: str) -> str:
    return text if len(text) <= MOST else f"{text[: MOST - 2]} …"

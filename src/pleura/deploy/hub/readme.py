"""The card of an exported model, `README.md`, filled by machine.

What it says of the study is what the report says of it; what a machine cannot know is a visible
blank.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pleura.deploy.hub import people, results
from pleura.deploy.hub.answers import answers_of, likeness_told
from pleura.deploy.hub.making import licences_of, onnx_told, reproduced, time_told
from pleura.deploy.hub.markdown import Ready, as_grid, blank, coded, escaped, folded, joined
from pleura.deploy.hub.origin import BESIDES, Origin
from pleura.deploy.onnx.description import USE, image_of
from pleura.deploy.package import Model
from pleura.deploy.segmenter import Segmenter
from pleura.report import verdict
from pleura.report.nouns import CLASS
from pleura.report.numbers import capital, listing
from pleura.report.sections.heatmaps import heatmap_table
from pleura.report.sections.weights import options_in_words
from pleura.report.sources_tested import sources_tested
from pleura.report.study import Study
from pleura.report.table import Table
from pleura.wording import count, ended

NAMED = 30  # classes and sources, in a sentence


@dataclass(frozen=True)
class HubFolder:
    """What is known besides the model and its study: the name of the `folder`, the `licence` under
    which it is given away ("" where nobody has said), what the ONNX file beside it says of itself,
    and whether `likeness` leaves."""

    folder: str
    licence: str = ""
    onnx: Mapping[str, Any] | None = None
    likeness: bool = False


def readme_of(model: Model | Segmenter, origin: Origin, asked: HubFolder) -> str:
    """The card below its metadata, as Markdown."""
    card, study = model.card, origin.study
    masks = isinstance(model, Segmenter)
    table, records = results.metrics_of(origin, card), results.records_of(origin, card)
    noun = study.findings.noun if study else CLASS
    maps = maps_of(origin, card)
    shared: dict[str, Any] = {
        "title": card.get("question") or "A model of lung images",
        "use": capital(USE),
        "what": what_it_is(model),
        "primary": results.primary(origin, table, records),
        "verdict": f"What its study found, over all seeds: {ended(found(study))}" if study else "",
        "origin": origin,
        "why": origin.why,
        "unknown": lambda what: unknown(what, origin),
        "blank": blank,
        "cautions": origin.cautions,
        "besides": BESIDES,
        "elsewhere": listing(sources_tested(study).elsewhere, NAMED) if study else "",
        "masks": masks,
        "reached": reached(origin, card, told=len(table) > 0),
        "metrics": results.tabled(
            table, results.shown(records, origin), "structure" if masks else noun.one
        ),
        "by_subgroup": results.by_subgroup(origin),
        "intervals": intervals(origin, card) if len(table) else "",
        "answers": answers_of(model, origin),
        "thresholds": folded(
            "Thresholds that validation chose for a sensitivity, and what they gave on test",
            results.thresholds(card, noun.one),
        ),
        "seen": seen(card),
        "image": folded("How an image is read, step by step", images_told(card)),
        "data": people.data_told(origin),
        "parts": people.parts(origin, card),
        "people": people.demographics(origin, card),
        "blanks_of_data": people.blanks(origin),
        "maps": maps_told(origin, maps),
        "maps_table": folded(
            "Heat maps: where they are cut, and how alike the two are", as_grid(maps, left_out=1)
        ),
        "licences": licences_of(card, origin, asked.licence),
        "time": time_told(origin, card),
        "version": version("pleura"),
        "folder": asked.folder,
        "in_python": Ready(json.dumps(asked.folder, ensure_ascii=False)),
        "command": coded(
            f"pleura {'masks' if masks else 'predict'} {shlex.quote(asked.folder)} IMAGES"
            + (" --out masks" if masks else "")
        ),
        "onnx": onnx_told(asked.onnx) if asked.onnx else "",
        "likeness": likeness_told(model, leaves=asked.likeness),
        "forest": "A forest remembers pixels of its training images: hand it on as you would "
        "hand on those."
        if (card.get("pixels") or {}).get("forests")
        else "",
        "reproduce": reproduced(origin, card),
    }
    text = _templates().get_template("readme.md.j2").render(shared)
    return squeezed(text)


def found(study: Study[Any]) -> str:
    """The verdict of a study."""
    return verdict.headline(study.recipes.findings)


def what_it_is(model: Model | Segmenter) -> str:
    """The network in a sentence: what it is built of, and what it tells."""
    card = model.card
    if isinstance(model, Segmenter):
        return (
            f"A network ({_spelled(card['network'])}) that marks in an image: "
            f"{listing([*model.structures], NAMED)}."
        )
    if card.get("baseline"):
        kind = f"A {str(card['baseline']).removeprefix('pixels: ')} on 32 x 32 pixels"
    elif card.get("network"):
        kind = f"A classifier made out of a network that segments ({_spelled(card['network'])})"
    else:
        how = _spelled(card.get("strategy")).replace("_", " ")
        kind = f"A network, {_spelled(card.get('backbone'))}, trained by {how}"
    if distilled := card.get("distilled"):
        kind = f"{kind}, and taught by the recipe {distilled['teacher']} of the same study"
    if members := card.get("members") or ():
        kind = f"The mean of {len(members) + 1} trainings of {kind[:1].lower()}{kind[1:]}"
    if model.gives_a_number:
        unit = f" in {card['unit']}" if card.get("unit") else ""
        return f"{kind}. It gives a number: {model.classes[0]}{unit}."
    several = card.get("task") == "findings"
    told = "each of these findings" if several else "these classes, of which an image has one"
    names = listing([*model.classes], NAMED)
    return f"{kind}. It gives the probabilities of {told}: {names}."


def unknown(what: str, origin: Origin) -> str:
    """That a part could not be filled, and why."""
    return f"Not told here: {what}; {origin.why}."


def reached(origin: Origin, card: Mapping[str, Any], *, told: bool) -> Any:
    """What the model reaches, in the words of the report."""
    study, page = origin.study, origin.page
    if study is not None and page is not None and study.model is not None:
        return origin.told(str(page.top(study)["reached"]))
    if told:
        its = card["at_home"]
        of = f"{count(its['images'], 'image')} of {count(its['patients'], 'patient')}"
        return f"On the test part of its study ({of}), as it is handed over; by its own record."
    return joined(unknown("how good it is", origin) if origin.why else "", blank("how good it is"))


def intervals(origin: Origin, card: Mapping[str, Any]) -> str:
    """What the intervals carry."""
    return (
        f"Intervals of {100 * results.level_of(origin, card):.4g} % over test patients alone: "
        "another training of the same recipe may land outside them. The metadata of this card "
        "have all metrics."
    )


def seen(card: Mapping[str, Any]) -> str:
    """How large an image, and how much of a clip, the network sees."""
    told = image_of(card)
    frames, size = told["frames"], told["size"]
    clips = ""
    if frames:
        which = (
            f"{frames['number']} spread evenly" if frames.get("number") else "as `config.json` says"
        )
        clips = f" A clip is seen by some of its frames ({which}), and its answer is their mean."
    return f"An image is seen as {size} x {size} gray levels.{clips}"


def images_told(card: Mapping[str, Any]) -> str:
    """How an image becomes what the network sees."""
    return f"{capital('; '.join(image_of(card)['steps']))}."


def maps_of(origin: Origin, card: Mapping[str, Any]) -> Table | None:
    """The check of the heat maps of a model's recipe; None where there are none."""
    its = origin.sections.get("heatmaps")
    if its is None or origin.study is None:
        return None
    of_recipe = its[its["recipe"] == card.get("recipe")]
    return heatmap_table(of_recipe, origin.study.recipes.findings) if len(of_recipe) else None


def maps_told(origin: Origin, maps: Table | None) -> str:
    """Whether heat maps hang on what was learned."""
    if maps is not None:
        return people.maps(maps)
    if origin.why:
        return unknown("whether heat maps were checked against random weights", origin)
    return "Heat maps were not looked at in this study: do not read them as reasons."


def _spelled(value: Any) -> str:
    """A name with its options, in words."""
    return options_in_words(value if isinstance(value, str) else json.dumps(value or ""))


def squeezed(text: str) -> str:
    """Without runs of empty lines, and with one end of a line at the end."""
    lines: list[str] = []
    for line in map(str.rstrip, text.split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip() + "\n"


@cache
def _templates() -> Environment:
    """The template, in which whatever is filled in is escaped unless it is Markdown already."""
    return Environment(
        loader=PackageLoader("pleura.deploy.hub", "templates"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: Ready("") if value is None else escaped(value),
    )

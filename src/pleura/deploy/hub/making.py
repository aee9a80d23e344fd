"""How a model came to be, as its card tells: licences, time, and how to do it again."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from pleura.deploy.hub.config import DRAWN, weights_of
from pleura.deploy.hub.markdown import Ready, blank, escaped, folded
from pleura.deploy.hub.origin import Origin
from pleura.report.folder import behind
from pleura.report.numbers import MISSING, at_labels, counts, duration, listing, magnitude
from pleura.report.study_file import without_folders
from pleura.wording import count

RANDOM = "random"
STUDY = "study.yaml"


def licences_of(card: Mapping[str, Any], origin: Origin, licence: str) -> list[Ready]:
    """The licences of the model, of the weights that it began from, and of the images."""
    own = f"`{licence}`, chosen by who exported it" if licence else blank("licence")
    return [
        Ready(f"This model: {own}"),
        Ready(f"Weights that training began from: {_weights(card)}"),
        *map(Ready, _data(origin)),
    ]


def _weights(card: Mapping[str, Any]) -> str:
    if card.get("baseline"):
        return "none"
    its = weights_of(card)
    if not its:
        return blank("source and licence of the weights, not told by this model")
    if its.get("name") == RANDOM:
        return "none, random numbers"
    licence = its.get("licence")
    known = licence and licence != "unknown"
    source = f" ({escaped(its['source'])})" if its.get("source") else ""
    terms = escaped(licence) if known else blank("licence")
    return f"{escaped(its.get('name', ''))}{source}, {terms}"


def _data(origin: Origin) -> list[str]:
    """Of the study's own images, and of those that earlier steps learned from."""
    if origin.study is None:
        return [f"Images: {blank('source and licence of the images')}"]
    study = origin.study.recipes.contents.study
    every = {"Images": study.get("data") or {}}
    for name, step in (study.get("steps") or {}).items():
        given = step.get("data") or []
        for section in given if isinstance(given, list) else [given]:
            every[f"Images of the step {name}"] = section
    lines = []
    for whose, section in every.items():
        source, licence = (without_folders(section.get(key)) for key in ("source", "licence"))
        if section.get("simulated"):
            lines.append(f"{whose}: made by pleura")
            continue
        told = escaped(source) if source else blank("source of the images")
        terms = escaped(licence) if licence else blank("licence")
        lines.append(f"{escaped(whose)}: {told}; {terms}")
    return lines


def time_told(origin: Origin, card: Mapping[str, Any]) -> str:
    """What training and an answer took, as the study measured it."""
    if origin.study is None:
        return f"Not told here: time; {origin.why}."
    contents = origin.study.recipes.contents
    runs = behind(contents.runs, card)
    if runs.empty:
        return "Time: not measured."
    seconds, tuning = (float(runs[name].sum()) for name in ("train_seconds", "tuning_seconds"))
    trials = int(runs["trials"].map(len).sum())
    where = _where(runs)
    told = [
        f"Training took {duration(seconds)}, with its tuning ({count(trials, 'trial')}) "
        f"{duration(tuning)}, {where}."
    ]
    one = runs["latency_ms"].mean()
    size = ", ".join(
        f"{magnitude(runs[name].mean())} {what}"
        for name, what in (("parameters", "parameters"), ("macs", "multiply-adds an image"))
        if runs[name].notna().any()
    )
    if pd.notna(one):
        times = f" for each of {count(len(runs), 'network')}" if len(runs) > 1 else ""
        told.append(f"An answer took {one:.1f} ms{times}{f' ({size})' if size else ''}.")
    return " ".join(told)


def _where(runs: pd.DataFrame) -> str:
    """`on cpu, with 1 thread`, as far as that is known."""
    told = []
    if devices := sorted({str(each) for each in runs["device"].dropna() if each}):
        told.append(f"on {listing(devices)}")
    if "threads" in runs and runs["threads"].notna().any():
        threads = pd.to_numeric(runs["threads"])
        told.append(f"with {counts(threads.min(), threads.max(), 'thread')}")
    return ", ".join(told) or "on a machine that is not known"


def reproduced(origin: Origin, card: Mapping[str, Any]) -> Ready:
    """The study file, seeds, versions and commands."""
    drawn = [f"{name} {card[name]:g}" for name in DRAWN if card.get(name) is not None]
    which = f"This model: recipe {escaped(card.get('recipe', MISSING))}, {', '.join(drawn)}."
    if origin.study is None:
        return Ready(f"{which} The study file: {blank(f'it is missing; {origin.why}')}")
    contents = origin.study.recipes.contents
    seeds = _seeds(contents.study.get("seeds") or [])
    versions = ", ".join(
        f"{name} {escaped(without_folders(value))}" for name, value in contents.environment.items()
    )
    return Ready(
        f"`{STUDY}` is the study file, without the names of patients and files: put your table "
        f"in its `manifest`, and say `pleura study run {STUDY} --out runs/again`. Seeds {seeds}. "
        f"{which}\n\n" + folded("Versions and machine", Ready(f"{versions}."))
    )


def _seeds(given: Any) -> str:
    """`0, 1`; where they differ by the share of the labels, `0, 1 at 60 % of the labels; ...`."""
    if isinstance(given, Mapping):
        return "; ".join(f"{_seeds(its)} {at_labels(float(at))}" for at, its in given.items())
    return ", ".join(map(str, given))


def onnx_told(described: Mapping[str, Any]) -> str:
    """How the ONNX file beside a model was checked, by its description."""
    check = described["check"]
    worst = max(check["largest_difference"].values())
    text = (
        f"It differs from torch by {worst:.1e} at most, on {count(check['images'], 'image')} "
        f"({check['on']}); the limit is {check['limit']:g}. Opset "
        f"{described['files']['model.onnx']['opset']}, ONNX Runtime {check['onnxruntime']}."
    )
    if "int8" in described:
        from pleura.deploy.onnx.quantise import no_stand_in

        loss = described["int8"]
        told = [f"the same {name} for {share:.1%}" for name, share in loss["agreement"].items()]
        told += [
            f"a {name} that differs by {loss['mean_difference'][name]:.3g} on average, where the "
            f"model's spread by {spread:.3g}"
            for name, spread in loss.get("spread", {}).items()
        ]
        text += f" Of whole numbers (`model_int8.onnx`): {', '.join(told)}."
        if why := no_stand_in(loss):
            text += f" Do not use that in the place of the model: {why}."
    return text

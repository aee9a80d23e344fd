"""Writes a model as a folder that `huggingface_hub` uploads as it is."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pleura.deploy.card import EXPORTED, gives_masks
from pleura.deploy.hub.answers import RISK
from pleura.deploy.hub.config import config_of
from pleura.deploy.hub.making import STUDY
from pleura.deploy.hub.markdown import OPEN
from pleura.deploy.hub.metadata import LICENCE, front_matter
from pleura.deploy.hub.origin import Origin, origin_of
from pleura.deploy.hub.readme import HubFolder, readme_of
from pleura.deploy.lung_crops import refuse_cropped
from pleura.deploy.masks import Say
from pleura.deploy.new_folder import new_folder, refuse_full
from pleura.deploy.package import Model, load_model
from pleura.deploy.segmenter import Segmenter, load_segmenter
from pleura.deploy.weights import DIGEST, WEIGHTS, weights_file
from pleura.errors import InputError
from pleura.files import digest_file, write_text
from pleura.models.pixel_nets import PixelNetwork
from pleura.wording import count

if TYPE_CHECKING:
    from pleura.deploy.onnx.export import OnnxOptions

README, ONNX = "README.md", "onnx"


@dataclass(frozen=True)
class HubOptions:
    """What is asked of an export beside the model.

    `study`: the folder of its study, where that is not the one above. `licence`: that under which
    the model is given away, as the hub spells it, such as `cc-by-4.0`. `likeness`: with the
    features of training images, which the flag of unlike images needs. `onnx`: what is asked of the
    ONNX files beside it; None for none.
    """

    study: Path | None = None
    licence: str = ""
    likeness: bool = False
    onnx: "OnnxOptions | None" = None


PLAIN = HubOptions()


def export_hub(
    folder: str | Path, out: str | Path, asked: HubOptions = PLAIN, *, say: Say = lambda line: None
) -> Path:
    """Write the model in `folder` into the folder `out`: `README.md`, its card with metadata;
    `config.json` and the weights, which `pleura.load` opens; `study.yaml`, where its study is at
    hand; and `onnx/`, where that is asked for. Returns `out`, which is whole or not there.

    What a machine cannot fill in of the card is a blank, and `say` tells how many there are.
    Nothing in the folder names a patient, an image, or a place on a disk.

    Raises InputError for what is no model, an `out` that holds anything or cannot be written, a
    licence that is none, likeness where there is none, and a `study` that is not the model's.

    >>> from pleura.deploy.hub.export import export_hub
    >>> sorted(file.name for file in export_hub("runs/my_study/best", "shared").iterdir())
    ['README.md', 'config.json', 'model.safetensors', 'study.yaml']
    """
    place, target = Path(folder), Path(out)
    refuse_full(target)
    if asked.licence and not LICENCE.fullmatch(asked.licence):
        raise InputError(
            f"--licence {asked.licence}: give it as the hub spells licences, in small letters, "
            "such as apache-2.0, cc-by-4.0 or other"
        )
    model = load_segmenter(place) if gives_masks(place) else load_model(place)
    refuse_cropped(model.card, "export for a hub")
    if asked.likeness:
        _refuse_likeness(model)
        say(RISK)
    origin = origin_of(place, model.card, asked.study)
    if origin.why:
        say(f"{origin.why}: the card has blanks where its study would tell; --study names it")
    with new_folder(target) as home:
        described = _write(place, home, model, origin, asked, say)
        about = HubFolder(target.resolve().name, asked.licence, described, asked.likeness)
        text = readme_of(model, origin, about)
        write_text(home / README, front_matter(model.card, origin, about) + text)
        (load_segmenter if isinstance(model, Segmenter) else load_model)(home)
    say(f"{target}: {README}, {EXPORTED} and the weights")
    if blanks := text.count(OPEN):
        say(f"{README}: {count(blanks, 'blank')} for you: look for “{OPEN}”")
    return target


def _write(
    place: Path,
    home: Path,
    model: Model | Segmenter,
    origin: Origin,
    asked: HubOptions,
    say: Say,
) -> Mapping[str, Any] | None:
    """Write all but the card; returns what the ONNX files say of themselves, None without any."""
    for file in [place / WEIGHTS, *sorted(place.glob(weights_file("*")))]:
        shutil.copyfile(file, home / file.name)
    card = {**model.card, DIGEST: digest_file(home / WEIGHTS)}
    told = config_of(card, likeness=asked.likeness)
    if asked.likeness and isinstance(model, Model) and model.likeness is not None:
        told["likeness"] = model.likeness.save(home, card[DIGEST])
    write_text(home / EXPORTED, json.dumps(told, indent=1) + "\n")
    if origin.study is not None:
        write_text(home / STUDY, origin.study.recipes.contents.study_text)
    if asked.onnx is None:
        return None
    from pleura.deploy.onnx.description import FILE
    from pleura.deploy.onnx.export import export_onnx

    export_onnx(
        place,
        home / ONNX,
        replace(asked.onnx, likeness=asked.likeness),
        say=lambda line: say(line.removeprefix(f"{home}/")),
    )
    described: Mapping[str, Any] = json.loads((home / ONNX / FILE).read_text(encoding="utf-8"))
    return described


def _refuse_likeness(model: Model | Segmenter) -> None:
    """Raise InputError where the model has no features of training images, or none that leave."""
    if isinstance(model, Segmenter):
        raise InputError("--likeness: a model that segments does not tell which images are unlike")
    if isinstance(model.classifier, PixelNetwork):
        raise InputError(
            "--likeness: what a pixel baseline knows its training images by are small pictures of "
            "them, which do not leave"
        )
    if why := model.why_not_flagged:
        raise InputError(f"--likeness: {why}")

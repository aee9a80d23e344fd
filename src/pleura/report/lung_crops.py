"""What the report says of images that were cropped to their lungs."""

from collections.abc import Mapping
from typing import Any

from pleura.data.hidden import FRAME
from pleura.data.lung_notes import is_learned, read_notes
from pleura.data.shortcut_settings import LungCrop
from pleura.report.folder import Folder
from pleura.report.numbers import capital, count, percent
from pleura.report.section import Cautions, warn

LARGE = 0.2  # share of all images without usable lungs, from which on it is a serious doubt
DIFFERENT = 0.05  # and the difference between two classes in this share


def cropping_of(data: Mapping[str, Any]) -> LungCrop | None:
    """How the `data` section of a saved study crops images; None where they stay whole."""
    lungs = data.get("lungs")
    if not isinstance(lungs, Mapping) or not isinstance(lungs.get("crop"), int | float):
        return None
    return LungCrop(float(lungs["crop"]), bool(lungs.get("alone")))


def preparation_of(folder: Folder) -> dict[str, str]:
    """How images were `cropped`, in the words of a methods section, and the sentence on those
    `without_lungs`; both empty for a study of whole images."""
    crop, notes = cropping_of(folder.data), read_notes(folder.notes)
    if crop is None:
        return {"cropped": "", "without_lungs": ""}
    masker = f"the model “{notes.masker}”" if notes else "a lung masker"
    hidden = ", with everything outside of the lungs hidden by one gray" * crop.alone
    cropped = (
        f"cropped to the box around the lungs that {masker} found, with a margin of "
        f"{percent(crop.margin)} of the box on each side{hidden}, padded with black to a square"
    )
    if notes is None:
        without = ""
    elif not notes.missing:
        without = "Usable lungs were found in all images."
    else:
        shares = notes.by_class
        without = (
            f"No usable lungs were found in {count(notes.missing, 'image')} of {notes.images:,} "
            f"(by class: {', '.join(shares)}); their centre was shown instead, without the outer "
            f"{percent(FRAME)} along every edge."
        )
    return {"cropped": cropped, "without_lungs": without}


def cropped_cautions(folder: Folder, square: str) -> Cautions:
    """What of cropped images gives reason to doubt: those without usable lungs, and the black bars
    around boxes in a `square`."""
    crop, notes = cropping_of(folder.data), read_notes(folder.notes)
    if crop is None:
        return
    yield warn("data", "boxes_padded", serious=False, square=square)
    for note in folder.notes:
        learned = is_learned(note)
        if learned is not None:
            yield warn("data", "masker_learned", serious=learned, note=capital(note), of=learned)
    if notes is None or not notes.missing:
        return
    shares = notes.shares
    most = max(shares, key=lambda name: shares[name], default="")
    least = min(shares, key=lambda name: shares[name], default="")
    if shares and shares[most] - shares[least] >= DIFFERENT:
        yield warn("data", "lungs_by_class", told=notes.by_class, most=most, least=least)
    if notes.missing >= LARGE * notes.images:
        yield warn("data", "lungs_missing", missing=notes.missing, images=notes.images)

"""The sentences that a study notes about its data: warnings for the box, facts for the list."""

import re

from pleura.data.lung_notes import is_learned
from pleura.report.folder import Folder
from pleura.report.lung_crops import cropped_cautions, cropping_of
from pleura.report.numbers import capital
from pleura.report.section import Cautions, warn

OWN_PATIENT = "own patient"
EARLIER = "step "
# What a clinician needs beside the words of a note.
PLAINER = {"match `where`": "match the condition “where” below"}
ONE = re.compile(r"\b1 (image|patient|row|video|file|clip|mask|time)s\b")
REPEATED = "images with the pixels of another image of their patient"


def data_warnings(folder: Folder) -> Cautions:
    """What the data give reason to doubt; patients that are not known touch the verdict itself."""
    own_patients = [note for note in folder.notes if _doubtful(note)]
    if folder.data.get("image_is_patient") and not own_patients:
        own_patients = ["every image counts as its own patient"]
    for note in own_patients:
        yield warn("data", "own_patients", note=capital(note).rstrip("."))
    if cropping_of(folder.data):
        yield from cropped_cautions(folder, _square(folder))
    elif folder.data.get("fit") == "pad":
        yield warn("data", "padded", serious=False, square=_square(folder))


def data_facts(folder: Folder) -> tuple[str, ...]:
    """What was done to rows and images without giving reason to doubt, as sentences."""
    facts = [each for each in folder.notes if not _doubtful(each) and is_learned(each) is None]
    cropped = cropping_of(folder.data) is not None
    if folder.data.get("fit") == "crop" and not cropped and not folder.notes:
        cut = f"Images were cropped to the central {_square(folder)}: the margins are unseen."
        facts.append(cut)
    return tuple(_sentence(fact) for fact in facts)


def _doubtful(note: str) -> bool:
    # No result is told of the images of an earlier step.
    return OWN_PATIENT in note and not note.startswith(EARLIER)


def _square(folder: Folder) -> str:
    size = folder.data.get("size")
    return f"square of {size} × {size} pixels" if isinstance(size, int) else "square"


def _sentence(text: str) -> str:
    text = ONE.sub(r"1 \1", text).replace("(1 time)", "(once)")
    for words, plainer in PLAINER.items():
        text = text.replace(words, plainer)
    if text.startswith(REPEATED):
        text += "; they stay on one side of the split, as all images of a patient do"
    text = capital(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."

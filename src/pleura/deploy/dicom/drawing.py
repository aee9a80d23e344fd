"""Heat maps of `pleura predict` as DICOM files."""

from collections.abc import Sequence
from pathlib import Path

from pleura.data.addresses import on_disk
from pleura.data.readers import split_address
from pleura.data.readers.decoded import Range
from pleura.data.readers.dicom.header import is_dicom
from pleura.deploy.dicom.author import author_of
from pleura.deploy.dicom.capture import SUFFIX, secondary_capture
from pleura.deploy.dicom.source import source_of
from pleura.deploy.explain import Explainer, file_name
from pleura.deploy.predictor import Prediction
from pleura.errors import InputError
from pleura.files import write_atomically
from pleura.wording import first_few


def refuse_others(addresses: Sequence[str], patients: str | None) -> None:
    """Raise InputError where an image is no DICOM file, which names no patient and no study, and
    where patients are asked about, whose images are of several files."""
    if patients is not None:
        raise InputError(
            "--heatmaps-as dicom: a DICOM file shows one image, and --patients puts several "
            "together; leave one of them out"
        )
    files = [(address, split_address(on_disk(address))[0]) for address in addresses if address]
    if others := [name for name, path in files if path.is_file() and not is_dicom(path)]:
        raise InputError(
            "--heatmaps-as dicom: these are no DICOM files, so no patient and no study is known to "
            f"which a DICOM file could belong; leave them out, or ask for PNG: {first_few(others)}"
        )


def draw_capture(
    explainer: Explainer,
    prediction: Prediction,
    folder: Path,
    title: str,
    full_range: Range | None = None,
) -> str:
    """Write the secondary capture of a prediction by the model called `title` into `folder` and
    return the name of its file.

    Raises InputError for a DICOM file that does not say whose it is.
    """
    source = source_of(on_disk(str(prediction.frames[0].image)))
    author = author_of(explainer.model.card, title)
    made = secondary_capture(explainer.explain(prediction, full_range), source, author)
    name = file_name(prediction, SUFFIX)
    with write_atomically(folder / name) as temporary:
        made.save_as(temporary, enforce_file_format=True)
    return name

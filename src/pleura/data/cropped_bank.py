"""A bank of what is seen of images where they are cropped to their lungs."""

import os
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

from pleura.data.bank import PIXELS, Bank, Progress, decode, decode_all, open_bank
from pleura.data.bank_file import dump_entries, has_length, load_entries
from pleura.data.lung_crop import LungRegions
from pleura.data.manifest import Manifest
from pleura.errors import InputError
from pleura.files import digest_of, write_text
from pleura.wording import count


def crop_bank(
    manifest: Manifest,
    bank: Bank,
    regions: LungRegions,
    folder: Path,
    progress: Progress = lambda done, of: None,
) -> Bank:
    """The images of a `bank` as `regions` has them, decoded anew from their files, so that a
    cropped image has as many pixels as a whole one; in a folder below `folder`.

    Images are read as for the bank. A build that was cut off goes on where it stopped. Raises as
    `build_bank` does, and InputError that names the images that cannot be read again.
    """
    images = manifest.table["image"].tolist()
    key = digest_of([bank.key, regions.key])
    home = folder / key[:16]
    whole = has_length(home / PIXELS, len(images) * bank.size * bank.size)
    remembered = load_entries(home / "bank.json", whole=True) if whole else None
    if remembered is None or any(entry.error for entry in remembered):
        decoder = partial(
            decode,
            size=bank.size,
            squared=regions.squared(images),
            full_range=bank.full_range,
            reduced=bank.reduced,
        )
        workers = os.cpu_count() or 1
        entries = decode_all(images, home, bank.size, decoder, workers, progress, remembered)
        header = {"key": key, "size": bank.size, "fit": "pad", "full_range": bank.full_range}
        write_text(home / "bank.json", dump_entries(entries, **header))
        shutil.rmtree(home / "blocks", ignore_errors=True)
    cropped = replace(open_bank(home, images), reduced=bank.reduced)
    _refuse_unread(cropped)
    return cropped


def _refuse_unread(bank: Bank) -> None:
    """Raise InputError for images without pixels of their own, which would be learned from as black
    ones: the whole images were read, so that nothing else tells of them."""
    unread = bank.info[bank.info["error"] != ""]
    if len(unread):
        raise InputError(
            f"data.lungs.crop: {count(len(unread), 'image')} could not be read again, to be "
            "cropped to the lungs; see that the files can be reached, and run the command again",
            [f"{row.image}: {row.error}" for row in unread.itertuples()],
        )

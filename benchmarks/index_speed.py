"""How many DICOM headers a second become rows of a table, and what that takes of memory.

python -m benchmarks.index_speed [--files 10000]

Files of 1 MB are written that share their pixels; the system keeps them in memory.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from benchmarks.dicom_files import dataset
from pydicom.uid import UID

from pleura.data.index.folder import index_folder

SIDE, PER_FOLDER = 724, 500  # pixels of 16 bits: 1 MB


def write_files(folder: Path, number: int) -> None:
    """Files of `number` patients and studies, as an archive exports them: without endings."""
    pixels = np.random.default_rng(0).integers(0, 4096, (SIDE, SIDE), np.uint16)
    image = dataset(
        pixels,
        BitsStored=12,
        PatientName="Doe^Jane",
        PatientSex="F",
        PatientAge="041Y",
        StudyDate="20200310",
        Modality="CR",
        Manufacturer="Maker",
        PixelSpacing=[0.14, 0.14],
        WindowCenter=2048,
        WindowWidth=4096,
    )
    for at in range(number):
        image.PatientID = str(at // 3)
        image.StudyInstanceUID = UID(f"1.2.3.{at}")
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = UID(f"1.2.4.{at}")
        path = folder / f"S{at // PER_FOLDER:04}" / f"IM{at:06}"
        path.parent.mkdir(exist_ok=True)
        image.save_as(path, enforce_file_format=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=10_000)
    files = parser.parse_args().files
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder, files)
        began, wall = time.process_time(), time.monotonic()
        found = index_folder(folder)
        spent, wall = time.process_time() - began, time.monotonic() - wall
        size = found.table.stat().st_size
    assert found.images == files
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"{files:,} files, {os.cpu_count()} cores, one of them used: {spent:.1f} s of CPU time")
    print(f"{files / spent:,.0f} files/s by CPU time, {files / wall:,.0f} by the clock")
    print(f"peak memory {peak:,.0f} MB, table {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

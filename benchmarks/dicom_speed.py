"""How fast DICOM is read: headers a second, and frames against the decoder alone.

python -m benchmarks.dicom_speed

CPU time of one thread, medians of several rounds, of one simulated X-ray of 12 bits in each coding.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import imagecodecs
import numpy as np
from benchmarks.dicom_files import write
from pydicom import dcmread
from pydicom.encaps import get_frame
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from pleura.data.readers import read_image
from pleura.data.readers.dicom.described import describe_file
from pleura.simulate.xray.folder import simulate

ROUNDS, HEADERS = 7, 20
DECODERS: dict[UID, Callable[[bytes], object]] = {
    JPEGLosslessSV1: imagecodecs.jpeg_decode,
    JPEGLSLossless: imagecodecs.jpegls_decode,
    JPEG2000Lossless: lambda frame: imagecodecs.jpeg2k_decode(frame, numthreads=1),
}


def milliseconds(work: Callable[[], object]) -> float:
    """The CPU time that `work` takes, the median of several rounds."""
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - began))
    return statistics.median(spent)


def main() -> None:
    gray = simulate(seed=0, patient=0, image=0, label="normal", size=1024).image
    doubled = np.kron(gray, np.ones((2, 2), np.uint8)).astype(np.uint16) * 16
    pixels = doubled + np.random.default_rng(0).integers(0, 16, doubled.shape, np.uint16)
    print(f"{pixels.shape[1]} x {pixels.shape[0]} pixels of 12 bits")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.dcm"
        for syntax in (ExplicitVRLittleEndian, RLELossless, *DECODERS):
            window = {"WindowCenter": 2048, "WindowWidth": 4096}
            write(path, pixels, syntax, BitsStored=12, PatientID="1", **window)
            read_image(str(path))  # the first reading loads what it needs
            whole = milliseconds(lambda: read_image(str(path)))
            header = milliseconds(lambda: [describe_file(path, "x") for _ in range(HEADERS)])
            line = f"{syntax.name:<50.50} {HEADERS / header * 1000:6.0f} headers/s {whole:5.0f} ms"
            if decode := DECODERS.get(syntax):
                frame = get_frame(dcmread(path).PixelData, 0, number_of_frames=1)
                alone = milliseconds(partial(decode, frame))
                line += f", of which the decoder takes {alone / whole:.2f}"
            print(line)


if __name__ == "__main__":
    main()

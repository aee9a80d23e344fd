"""How fast DICOM is read: headers a second, and frames against the decoder alone.

python -m benchmarks.dicom_speed

CPU time of one thread, medians of several rounds, of one simulated X-ray of 12 bits in each coding:
of its reading and what that is made of, and of bringing it to the size of a bank. Shares of the
speed of the decoder are told with and without that.
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

from pleura.data.bank import to_square
from pleura.data.readers import read_image
from pleura.data.readers.dicom.described import describe_file
from pleura.data.readers.dicom.header import read_header
from pleura.data.readers.dicom.reader import looked_up
from pleura.simulate.xray.folder import simulate

ROUNDS, HEADERS, SIZE = 7, 20, 224
PARTS = ("decoder", "look-up", "file", "rest", "reading", "resizing")
SHARES = ("reader", "and bank")
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
    table = np.arange(2**12).astype(np.uint8)
    print(f"{pixels.shape[1]} x {pixels.shape[0]} pixels of 12 bits, ms")
    print(f"{'':<30}{'headers/s':>10}" + "".join(f"{head:>10}" for head in (*PARTS, *SHARES)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.dcm"
        for syntax in (ExplicitVRLittleEndian, RLELossless, *DECODERS):
            window = {"WindowCenter": 2048, "WindowWidth": 4096}
            write(path, pixels, syntax, BitsStored=12, PatientID="1", **window)
            image = read_image(str(path))  # the first reading loads what it needs
            assert image.shown is not None
            decode = DECODERS.get(syntax, len)
            data = dcmread(path).PixelData
            frame = get_frame(data, 0, number_of_frames=1) if syntax in DECODERS else data
            headers, *parts, reading, resizing = (
                milliseconds(work)
                for work in (
                    lambda: [describe_file(path, "x") for _ in range(HEADERS)],
                    partial(decode, frame),
                    lambda: looked_up(table, pixels),
                    lambda: (path.read_bytes(), read_header(path), read_header(path)),
                    partial(read_image, str(path)),
                    partial(to_square, image.shown.pixels, SIZE, "crop"),
                )
            )
            spent = (*parts, reading - sum(parts), reading, resizing)
            print(
                f"{syntax.name:<30.30}{1000 * HEADERS / headers:>10.0f}"
                + "".join(f"{each:>10.1f}" for each in spent),
                end="",
            )
            shares = (parts[0] / reading, parts[0] / (reading + resizing))
            print("".join(f"{share:>10.2f}" for share in shares) if syntax in DECODERS else "")


if __name__ == "__main__":
    main()

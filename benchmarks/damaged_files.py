"""Damaged files of six formats: each is read or refused by name, fast, in little memory.

python -m benchmarks.damaged_files --files 1000

Ends with exit code 1 where reading one crashes, takes over 10 s or 1 GB, where a refusal does not
name its file, and where a file that cannot hold its image any more comes out as another image.
"""

import argparse
import io
import json
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from benchmarks.damaged_clips import FRAMES, mp4_bomb, resize_gif, resize_mp4, sound_clips
from benchmarks.damaged_dicom import dicom_bombs, resize_dicom, sound_dicom
from numpy.typing import NDArray
from PIL import Image

from pleura.data.depth import KEY
from pleura.data.readers import ReadError
from pleura.deploy.decoding import decode_for
from pleura.simulate.xray.folder import simulate

SHARES = {"cut": 25, "header flipped": 20, "body flipped": 20, "wrong type": 15, "huge": 15}
KINDS = (*SHARES, "empty")  # the rest of a hundred is empty
FLIPPED = ("header flipped", "body flipped")  # an uncompressed body cannot tell a flip from a pixel
SUFFIXES = {
    "PNG": ".png",
    "JPEG": ".jpg",
    "TIFF": ".tif",
    "DICOM": ".dcm",
    "MP4": ".mp4",
    "GIF": ".gif",
}
LAST = f"::{FRAMES - 1}"  # the frame that is read of a clip
MEMBERS = {".mp4": LAST, ".gif": LAST}
# Some programs put an end to a file that was cut off.
ENDS = {"PNG": b"\0\0\0\0IEND\xaeB`\x82", "JPEG": b"\xff\xd9", "GIF": b";"}
SECONDS, MEGABYTES, ADDRESS_SPACE = 10, 1000, 6 * 2**30
HEADER = 400  # bytes
CARD = {"size": 96, "fit": "crop", KEY: None}  # of a model that takes images of any depth
SIZES = [(30_000, 30_000), (65_000, 65_000), (9_990, 9_990), (700, 60_000), (60_000, 700)]
SIDE = 9_900  # of a bomb: under the limit of pixels, and far over what its file lets expect


def encode_pillow(pixels: NDArray[Any], kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def encode_tiff(pixels: NDArray[Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **options)
    return buffer.getvalue()


def sound_files(size: int, seed: int) -> dict[str, list[bytes]]:
    """Simulated X-rays of 8 and 16 bits in the ways each format can hold them."""
    gray = simulate(seed=seed, patient=0, image=0, label="normal", size=size).image
    noise = np.random.default_rng(seed).integers(0, 257, gray.shape, np.uint16)
    fine = np.clip(gray.astype(np.uint32) * 256 + noise, 0, 65535).astype(np.uint16)
    colour = np.dstack([gray] * 3)
    return {
        "PNG": [
            encode_pillow(gray, "PNG"),
            encode_pillow(colour, "PNG"),
            bytes(imagecodecs.png_encode(fine)),
        ],
        "JPEG": [
            encode_pillow(gray, "JPEG", quality=90),
            encode_pillow(colour, "JPEG", quality=85, progressive=True),
            encode_pillow(gray, "JPEG", quality=90, restart_marker_rows=4),
        ],
        "TIFF": [
            encode_tiff(gray, rowsperstrip=16),
            encode_tiff(fine),
            encode_tiff(fine, compression="zlib", predictor=True, rowsperstrip=16),
            encode_tiff(gray, compression="lzw", tile=(64, 64)),
            encode_tiff(gray, compression="packbits", rowsperstrip=16),
            encode_tiff(colour, compression="jpeg", photometric="rgb", rowsperstrip=16),
        ],
        "DICOM": sound_dicom(gray, fine),
        **sound_clips(gray),
    }


def bombs() -> dict[str, Iterable[bytes]]:
    """Sound files of nearly a hundred million pixels each, a thousandth of that on disk."""
    gray = np.zeros((SIDE, SIDE), np.uint8)
    fine = gray.astype(np.uint16)
    return {
        "PNG": [encode_pillow(gray, "PNG"), bytes(imagecodecs.png_encode(fine, level=1))],
        "JPEG": [
            encode_pillow(gray, "JPEG"),
            encode_pillow(np.dstack([gray] * 3), "JPEG", progressive=True),
        ],
        "TIFF": [
            encode_tiff(array, compression="zlib", rowsperstrip=900, **options)
            for array, options in (
                (gray, {}),
                (fine, {}),
                (fine.astype(np.float32), {}),
                (np.broadcast_to(gray[..., None], (*gray.shape, 3)), {"photometric": "rgb"}),
            )
        ],
        "DICOM": dicom_bombs(gray),
        "MP4": [mp4_bomb(gray)],
        "GIF": [encode_pillow(gray, "GIF")],
    }


def damage(kind: str, form: str, sound: bytes, rng: np.random.Generator) -> bytes:
    """The contents of a damaged file of format `form`."""
    if kind == "cut":
        kept = sound[: max(1, int(len(sound) * rng.uniform(0, 0.999)))]
        # A progressive JPEG that ends between two scans is whole, only of less detail.
        closed = b"\xff\xc2" not in sound[:HEADER] and bool(rng.integers(2))
        return kept + ENDS.get(form, b"") * closed
    if kind in FLIPPED:
        damaged = np.frombuffer(sound, np.uint8).copy()
        first, last = (0, HEADER) if kind == FLIPPED[0] else (HEADER, len(damaged))
        at = rng.integers(first, last, rng.integers(1, 9))
        damaged[at] ^= np.uint8(1) << rng.integers(0, 8, len(at), np.uint8)
        return damaged.tobytes()
    if kind == "wrong type":
        others: list[bytes] = [
            b"patient,label\n1,normal\n" * 50,
            b"%PDF-1.7\n" + rng.bytes(3000),
            b"PK\x03\x04" + rng.bytes(3000),
            b"<!DOCTYPE html><title>404 Not Found</title>",
            sound[:8] + rng.bytes(5000),
            rng.bytes(5000),
            bytes(5000),
            encode_pillow(np.zeros((99, 99), np.uint8), "GIF"),
        ]
        return others[int(rng.integers(len(others)))]
    if kind == "huge":
        return resize[form](sound, *SIZES[int(rng.integers(len(SIZES)))])
    return b""


def _resize_png(data: bytes, width: int, height: int) -> bytes:
    head = data[12:16] + struct.pack(">II", width, height) + data[24:29]
    return data[:12] + head + struct.pack(">I", zlib.crc32(head)) + data[33:]


def _resize_jpeg(data: bytes, width: int, height: int) -> bytes:
    at = max(data.find(b"\xff\xc0\x00"), data.find(b"\xff\xc2\x00"))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def _resize_tiff(data: bytes, width: int, height: int) -> bytes:
    buffer = io.BytesIO(data)
    with tifffile.TiffFile(buffer) as file:
        tags = file.pages.first.tags
        places = [tags[tag].valueoffset for tag in (256, 257)]
    changed = bytearray(data)
    for at, value in zip(places, (width, height), strict=True):
        struct.pack_into("<H", changed, at, value)
    return bytes(changed)


resize: dict[str, Callable[[bytes, int, int], bytes]] = {
    "PNG": _resize_png,
    "JPEG": _resize_jpeg,
    "TIFF": _resize_tiff,
    "DICOM": resize_dicom,
    "MP4": resize_mp4,
    "GIF": resize_gif,
}


def read(path: Path, sound: NDArray[np.uint8] | None) -> tuple[str, str]:
    """What becomes of a file: `read`, `changed` (read as another image) or `refused`, and why."""
    try:
        pixels = decode_for(CARD, f"{path}{MEMBERS.get(path.suffix, '')}")[1]
    except ReadError as error:
        return ("refused" if str(path) in str(error) else "unnamed"), error.reason
    if sound is None or np.array_equal(pixels, sound):
        return "read", ""
    return "changed", ""


def child(folder: Path) -> None:
    """Read the damaged files of a folder, telling each before and after."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    sounds: dict[str, NDArray[np.uint8]] = {}
    for name, source in json.loads((folder / "files.json").read_text()):
        if source and source not in sounds:
            member = MEMBERS.get(Path(source).suffix, "")
            sounds[source] = decode_for(CARD, f"{folder / source}{member}")[1]
        print(json.dumps({"file": name}), flush=True)
        signal.alarm(2 * SECONDS)  # ends this process, whatever a decoder is about
        began = time.perf_counter()
        outcome, reason = read(folder / name, sounds.get(source))
        seconds = time.perf_counter() - began
        signal.alarm(0)
        print(json.dumps({"outcome": outcome, "reason": reason, "seconds": seconds}), flush=True)
    # The peak that getrusage gives is inherited from the parent.
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(json.dumps({"peak": int(peak[1]) / 1000 if peak else 0.0}))


def measure(form: str, kind: str, count: int, seed: int, folder: Path) -> list[str]:
    """Damage and read `count` files; prints a row and returns what should not have been."""
    rng = np.random.default_rng([seed, list(SUFFIXES).index(form), KINDS.index(kind)])
    suffix = SUFFIXES[form]
    listed = []
    sounds = sound_files(448, seed)[form]
    for number, sound in enumerate(sounds):
        (folder / f"sound{number}{suffix}").write_bytes(sound)
    for number in range(count):
        of = number % len(sounds)
        name = f"{number:04d}{suffix}"
        (folder / name).write_bytes(damage(kind, form, sounds[of], rng))
        listed.append((name, f"sound{of}{suffix}"))
    if kind == "huge":
        for number, bomb in enumerate(bombs().get(form, ())):
            (folder / f"bomb{number}{suffix}").write_bytes(bomb)
            listed.append((f"bomb{number}{suffix}", ""))
    (folder / "files.json").write_text(json.dumps(listed))
    command = [sys.executable, "-m", "benchmarks.damaged_files", "--child", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    names = [line["file"] for line in told if "file" in line]
    results = [line for line in told if "outcome" in line]
    peak = next((line["peak"] for line in told if "peak" in line), 0.0)
    wrong = [] if done.returncode == 0 else [f"{names[-1]}: exit {done.returncode} {done.stderr}"]
    for name, result in zip(names, results, strict=False):
        outcome = result["outcome"]
        if outcome == "unnamed" or (outcome == "changed" and kind not in FLIPPED):
            wrong.append(f"{name}: {outcome} {result['reason']}")
        if result["seconds"] > SECONDS:
            wrong.append(f"{name}: {result['seconds']:.1f} s")
    if peak > MEGABYTES:
        wrong.append(f"peak memory {peak:.0f} MB")
    counts = [sum(r["outcome"] == o for r in results) for o in ("refused", "read", "changed")]
    slowest = max((r["seconds"] for r in results), default=0.0)
    cells = "".join(f"{n:>10}" for n in (len(listed), *counts))
    print(f"{form:<6}{kind:<16}{cells}{slowest:>10.2f}{peak:>10.0f}", flush=True)
    return [f"{form}, {kind}: {problem}" for problem in wrong]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1000, help="of each format")
    parser.add_argument("--only", choices=list(SUFFIXES), help="one format")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    heads = ("files", "refused", "unchanged", "changed", "slowest s", "peak MB")
    print(f"{'':<22}{''.join(f'{head:>10}' for head in heads)}")
    wrong = []
    for form in [options.only] if options.only else SUFFIXES:
        left = options.files
        for kind in KINDS:
            count = options.files * SHARES[kind] // 100 if kind in SHARES else left
            left -= count
            with tempfile.TemporaryDirectory() as folder:
                wrong += measure(form, kind, count, options.seed, Path(folder))
    print("\n".join(wrong) or "nothing that should not be")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()

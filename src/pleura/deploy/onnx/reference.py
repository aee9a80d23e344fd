"""Uses the exported model in this folder: Python with NumPy, Pillow and onnxruntime, nothing else.

python predict.py a.png b.jpg     a line of JSON for each image
python predict.py --check         whether this machine gives what the golden vectors say
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

HERE = Path(__file__).parent


def main(arguments: list[str]) -> None:
    """Predict images, or check the machine."""
    described = json.loads((HERE / "description.json").read_text(encoding="utf-8"))
    session = open_session(HERE / "model.onnx")
    if arguments == ["--check"]:
        print(f"largest difference from the golden outputs: {check(session, described):.1e}")
        return
    for name in arguments:
        outputs = session.run(None, {"images": read_square(name, described)[None]})
        named = zip((output["name"] for output in described["outputs"]), outputs, strict=True)
        given = {key: value[0].tolist() for key, value in named if value[0].ndim < 3}
        print(json.dumps({"image": name, **given}))


def open_session(model: Path) -> Any:
    """The model, ready for images (n, size, size) uint8."""
    import onnxruntime

    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def read_square(name: str, described: dict[str, Any]) -> Any:
    """The square (size, size) uint8 that the model takes of a PNG or JPEG file.

    Raises ValueError for what these lines cannot read as the model's training images were read.
    """
    how = described["image"]
    if how["sector"]:
        raise ValueError(f"{name}: the model takes ultrasound sectors, which pleura finds")
    with open_image(name) as image:
        # A JPEG is decoded at 1/1, 1/2, 1/4 or 1/8 of its size, at least twice that of the square.
        side = 2 * how["size"]
        image.draft("L", (side, side) if how["reduced"] else image.size)
        deep = image.mode.startswith("I")
        if not deep and image.format == "PNG" and Path(name).read_bytes()[24] == 16:
            raise ValueError(f"{name}: colour of 16 bits; save it as gray")
        upright = ImageOps.exif_transpose(image)
    if deep:
        return to_square(to_8_bits(np.asarray(upright), how, name), how["size"], how["fit"])
    return to_square(np.asarray(to_gray(upright)), how["size"], how["fit"])


def open_image(name: str) -> Image.Image:
    """A PNG or JPEG file. Raises ValueError for another, such as DICOM."""
    with suppress(UnidentifiedImageError):
        if (image := Image.open(name)).format in ("PNG", "JPEG"):
            return image
    raise ValueError(f"{name}: neither PNG nor JPEG; use pleura, or see description.json")


def to_gray(image: Image.Image) -> Image.Image:
    """The luma of an image of 8 bits, on black where it is transparent."""
    if "transparency" in image.info or image.mode == "PA":
        image = image.convert("RGBA")
    if image.mode in ("LA", "RGBA"):
        opaque = image.convert("RGB").convert("L")
        return ImageChops.multiply(opaque, image.getchannel("A"))
    return (image.convert("RGB") if image.mode in ("P", "CMYK") else image).convert("L")


def to_8_bits(pixels: Any, how: dict[str, Any], name: str) -> Any:
    """Gray levels (h, w) uint8 of samples (h, w) of 16 bits, by the values that are black and
    white. Raises ValueError where the samples do not fit these."""
    if "full_range" not in how:
        raise ValueError(f"{name}: more than 8 bits, of which the model knows nothing")
    given = how["full_range"]
    black, white = given if isinstance(given, list) else (0, 65535)
    low, high = np.percentile(pixels, (0.5, 99.5))
    slack, span = 0.02 * (white - black), white - black
    if low < black - slack or high > white + slack or 0 < high - low < span / 16:
        raise ValueError(f"{name}: values from {low:g} to {high:g}, not from {black} to {white}")
    scaled = (pixels.astype(np.float32) - np.float32(black)) * np.float32(255 / span)
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


def to_square(gray: Any, size: int, fit: str) -> Any:
    """(h, w) uint8 to (size, size) uint8, by Lanczos after whole-number averaging: of the centred
    square (crop), or of the whole image between black bars (pad)."""
    height, width = gray.shape
    inner, box = (size, size), (0, 0, width, height)
    if fit == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        box = (left, top, left + side, top + side)
    else:
        scale = size / max(width, height)
        inner = max(1, round(width * scale)), max(1, round(height * scale))
    image = Image.fromarray(np.ascontiguousarray(gray))
    small = image.resize(inner, Image.Resampling.LANCZOS, box, reducing_gap=3.0)
    square = np.zeros((size, size), np.uint8)
    left, top = (size - inner[0]) // 2, (size - inner[1]) // 2
    square[top : top + inner[1], left : left + inner[0]] = np.asarray(small)
    return square


def check(session: Any, described: dict[str, Any]) -> float:
    """The largest difference between outputs here and golden ones. Raises ValueError where it is
    too large, or where a picture becomes another square."""
    how = described["image"]
    with np.load(HERE / "golden.npz") as golden:
        squares = golden["squares"]
        for number in range(sum(name.startswith("picture_") for name in golden.files)):
            gray = golden[f"picture_{number}"]
            if gray.dtype == np.uint16:
                gray = to_8_bits(gray, how, f"picture_{number}")
            if not np.array_equal(to_square(gray, how["size"], how["fit"]), squares[number]):
                raise ValueError(f"picture_{number} becomes another square: is Pillow the same?")
        outputs = session.run(None, {"images": squares})
        worst = 0.0
        for output, given in zip(described["outputs"], outputs, strict=True):
            wanted = golden[output["name"]]
            if given.dtype.kind == "f":
                apart = np.abs(given - wanted) / np.maximum(1, np.abs(wanted))
                worst = max(worst, float(apart.max()))
    if not worst <= described["check"]["limit"]:
        raise ValueError(f"outputs differ from the golden ones by {worst:.1e}")
    return worst


if __name__ == "__main__":
    main(sys.argv[1:])

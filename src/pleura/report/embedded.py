"""Pictures of a study's folder as addresses inside the page."""

import base64
from pathlib import Path

SIGNATURES = {"png": b"\x89PNG\r\n\x1a\n", "svg+xml": b"<svg "}


def embedded(folder: Path, name: str, kind: str) -> str:
    """The file `name` of `folder`/panels as a data: address; kinds are those of `SIGNATURES`.

    As an image, so that nothing in it can run. Empty where it is absent, outside the folder or of
    another kind: a report stands without.
    """
    panels = (folder / "panels").resolve()
    path = (panels / name).resolve()
    content = path.read_bytes() if path.parent == panels and path.is_file() else b""
    if not content.startswith(SIGNATURES[kind]):
        return ""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"

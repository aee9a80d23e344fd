"""What is asked about an upload, and what comes back; both can be sent to another process."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

from pleura.data.readers.decoded import Range
from pleura.deploy.server.limits import RefusedError

JSON, PNG, DICOM = "application/json", "image/png", "application/dicom"
What = Literal["predict", "view", "heatmap", "report", "capture"]


@dataclass(frozen=True)
class Job:
    """A question about the file at `path`, whose name tells its kind.

    `explain`: the class that heat maps explain, None for the likeliest. `frame`: the one frame of a
    clip that is asked about. `full_range`: the values that are black and white.
    """

    what: What
    path: str
    explain: str | None = None
    frame: int | None = None
    full_range: Range | None = None

    def packed(self) -> bytes:
        """As bytes; see `job_of`."""
        return json.dumps(asdict(self)).encode()


@dataclass(frozen=True)
class Done:
    """An answer: its bytes, and their kind (`media`) as the web calls it."""

    body: bytes
    media: str


def job_of(data: bytes) -> Job:
    """What `Job.packed` gave."""
    given = json.loads(data)
    full_range = given.pop("full_range")
    return Job(**given, full_range=None if full_range is None else (full_range[0], full_range[1]))


def packed(result: Done | RefusedError) -> bytes:
    """An answer or a refusal as bytes. They come from a process that decodes what strangers send,
    so that no pickle is among them."""
    if isinstance(result, Done):
        return json.dumps({"media": result.media}).encode() + b"\n" + result.body
    return json.dumps(vars(result)).encode() + b"\n"


def result_of(data: bytes) -> Done | RefusedError:
    """What `packed` was given."""
    head, _, body = data.partition(b"\n")
    told = json.loads(head)
    return Done(body, told["media"]) if "media" in told else RefusedError(**told)

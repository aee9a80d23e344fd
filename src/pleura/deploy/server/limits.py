"""How much is taken from whoever asks, and how a request is refused."""

from dataclasses import dataclass

MB, MEGAPIXEL = 10**6, 10**6


@dataclass(frozen=True)
class Limits:
    """What is taken from whoever asks.

    `bytes` of an upload, `pixels` of an image or frame and `frames` of a clip. `seconds` that an
    answer may take once it is worked on, and that an upload may take to arrive. `waiting`: how many
    requests may wait for their turn; `room`: bytes of all uploads that are here at the same time.
    """

    bytes: int = 200 * MB
    pixels: int = 50 * MEGAPIXEL
    frames: int = 2_000
    seconds: float = 60.0
    waiting: int = 64
    room: int = 2_000 * MB


class RefusedError(Exception):
    """A request that gets no answer.

    `status` of HTTP; `what` is wrong and what `to_do`, each a sentence. `frames` of a clip of which
    one must be chosen; `black` and `white`: values that are likely to be these, where they must be
    said; `retry`: seconds after which the same request may be answered.
    """

    def __init__(
        self,
        status: int,
        what: str,
        to_do: str,
        *,
        frames: int | None = None,
        black: float | None = None,
        white: float | None = None,
        retry: int | None = None,
    ) -> None:
        super().__init__(what)
        self.status, self.what, self.to_do = status, what, to_do
        self.frames, self.black, self.white, self.retry = frames, black, white, retry

"""What the interface answers, as JSON."""

from pydantic import BaseModel, ConfigDict, Field

from pleura.deploy.record import Record


class Answer(BaseModel):
    """Every answer has these fields and no others."""

    model_config = ConfigDict(extra="forbid")


class Problem(Answer):
    """Why a request gets no answer, and what to do."""

    what: str = Field(description="what is wrong")
    to_do: str = Field(description="what to do")
    frames: int | None = Field(None, description="of a clip of which one frame must be chosen")
    black: float | None = Field(None, description="where it must be said: likely value of black")
    white: float | None = Field(None, description="likely value of white")


class Bounds(Answer):
    """What an upload may hold at most."""

    megabytes: float
    megapixels: float = Field(description="of an image, or of a frame of a clip")
    frames: int
    seconds: float = Field(description="that an answer may take")


class About(Answer):
    """What is known of the model, and what must be known before its answers are read."""

    name: str = Field(description="its title, or the name of its study, or of its recipe")
    version: str = Field(description="of pleura")
    question: str | None = Field(None, description="that its study asked")
    classes: list[str] = Field(description="classes, findings, or what the number is called")
    kind: str = Field(description="classes, findings or number")
    unit: str | None = Field(None, description="of a number")
    thresholds: dict[str, float] | None = Field(
        None, description="the probability from which on each finding is called positive"
    )
    clips: bool = Field(description="whether it has learned from clips")
    coverage: float | None = Field(None, description="that prediction sets promise")
    cautions: list[str] = Field(description="what must be known before its answers are read")
    heatmaps: bool
    no_heatmaps: str | None = Field(None, description="why there are none")
    lungs: str | None = Field(None, description="the model that outlines lungs, where one is given")
    bounds: Bounds


class Picture(Answer):
    """One image, or one frame of a clip, as the model saw it but sharper."""

    frame: int | None = Field(None, description="the number of the frame, from 0")
    image: str = Field(description="PNG, base64")
    heatmap: str | None = Field(
        None, description="PNG with opacity, base64, smaller: to be stretched over the image"
    )
    lungs: str | None = Field(
        None, description="outlines as an SVG path in pixels of the image; empty: none found"
    )
    lungs_doubtful: bool | None = Field(None, description="whether the outlines look unusual")


class View(Answer):
    """A prediction with the pictures that the page shows: of a clip at most eight frames, evenly
    spread."""

    record: Record
    dicom: bool = Field(description="whether the upload is DICOM, so that DICOM can come back")
    side: int = Field(description="width and height of the pictures, in pixels")
    explained: str | None = Field(None, description="the class or finding that heat maps explain")
    pictures: list[Picture]

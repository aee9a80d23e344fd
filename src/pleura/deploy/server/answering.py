"""Answers what is asked about one upload, by the one predictor."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pleura.data.clips.forget import forget_files
from pleura.data.depth import RangeError, likely_range
from pleura.data.readers import ReadError, split_address
from pleura.data.readers.decoded import Range
from pleura.data.readers.in_order import reading_once
from pleura.deploy.dicom.author import author_of
from pleura.deploy.dicom.capture import secondary_capture
from pleura.deploy.dicom.report import structured_report
from pleura.deploy.dicom.source import source_of
from pleura.deploy.explain import SIDE, Explainer, Explanation, layer, sharp, shown_frames
from pleura.deploy.package import Model
from pleura.deploy.predictor import Asked, Prediction, predictions
from pleura.deploy.record import Record, record_of
from pleura.deploy.server.about import about
from pleura.deploy.server.jobs import DICOM, JSON, PNG, Done, Job
from pleura.deploy.server.limits import Limits, RefusedError
from pleura.deploy.server.looking import Upload, look_at
from pleura.deploy.server.lungs import Outlines
from pleura.deploy.server.schemas import About, Picture, View
from pleura.errors import InputError
from pleura.wording import capital

LAYER = 112  # pixels of a heat map's side: maps have 28 positions, and the page stretches them
NAME = "upload"  # what every upload is called; nobody is told how its file is
EXPORT = "Save it again with the program that wrote it, or give another file."


@dataclass(frozen=True)
class Answering:
    """A model that answers, called `name`. `outlines` draws lungs where a masker is given.
    `full_range` is used where a request gives none."""

    model: Model
    limits: Limits
    outlines: Outlines | None = None
    full_range: Range | None = None
    name: str = "model"

    @cached_property
    def explainer(self) -> Explainer | InputError:
        """What draws heat maps, or why there are none."""
        try:
            return Explainer(self.model)
        except InputError as error:
            return error

    def about(self) -> About:
        """What is known of the model."""
        why = str(self.explainer) if isinstance(self.explainer, InputError) else None
        lungs = self.outlines.name if self.outlines else None
        return about(self.model, self.limits, self.name, why, lungs)

    def answer(self, job: Job) -> Done:
        """The answer to a job. Raises RefusedError with 413, 415 or 422."""
        path = Path(job.path)
        try:
            upload = look_at(path, self.limits)
            with reading_once():  # pictures show the same image at another size
                return self._answer(job, upload)
        except ReadError as error:
            raise _refused(error, path) from error
        except InputError as error:
            raise RefusedError(422, _told(str(error), path), "Ask for something else.") from error
        finally:
            forget_files()

    def _answer(self, job: Job, upload: Upload) -> Done:
        prediction = self._predict(job, upload)
        record = self._record(prediction, upload)
        if job.what == "predict":
            return Done(record.model_dump_json(exclude_none=True).encode(), JSON)
        if job.what == "view":
            view = self._view(job, upload, prediction, record)
            return Done(view.model_dump_json(exclude_none=True).encode(), JSON)
        if job.what == "heatmap":
            return Done(_png(self._explain(job, prediction).picture()), PNG)
        source, author = source_of(job.path), author_of(self.model.card, self.name)
        if job.what == "report":
            made = structured_report(self.model, prediction, record, source, author)
        else:
            made = secondary_capture(self._explain(job, prediction), source, author)
        buffer = io.BytesIO()
        made.save_as(buffer, enforce_file_format=True)
        return Done(buffer.getvalue(), DICOM)

    def _predict(self, job: Job, upload: Upload) -> Prediction:
        address, frames = job.path, upload.frames
        if job.frame is not None:
            _refuse_frame(job.frame, frames)
            address += f"::{job.frame}"
        elif frames > 1 and not self.model.card.get("frames"):
            raise RefusedError(
                422,
                f"This is a clip of {frames:,} frames, and the model has learned from single "
                "images.",
                f"Choose one of its frames, 0 to {frames - 1}, that is such an image.",
                frames=frames,
            )
        asked = [Asked(NAME, [address])]
        [prediction] = predictions(self.model, asked, job.full_range or self.full_range)
        if prediction.error is not None:
            raise prediction.error
        return prediction

    def _record(self, prediction: Prediction, upload: Upload) -> Record:
        """What `pleura predict` writes of it, with no place of this machine."""
        record = record_of(self.model, prediction)
        if record.frames is None:
            return record
        frames = [
            each.model_copy(update={"frame": each.frame.replace(str(upload.path), NAME)})
            for each in record.frames
        ]
        return record.model_copy(update={"frames": frames})

    def _explain(self, job: Job, prediction: Prediction) -> Explanation:
        if isinstance(self.explainer, InputError):
            raise self.explainer
        if job.explain is not None and job.explain not in self.model.classes:
            Explainer(self.model, job.explain)  # says so
        return self.explainer.explain(prediction, job.full_range or self.full_range, job.explain)

    def _view(self, job: Job, upload: Upload, prediction: Prediction, record: Record) -> View:
        full_range = job.full_range or self.full_range
        frames = shown_frames(prediction)
        explanation, maps = None, [None] * len(frames)
        images: Sequence[NDArray[np.uint8]]
        layers: Sequence[str | None] = maps
        if isinstance(self.explainer, InputError):
            images = [sharp(self.model, frame, full_range) for frame in frames]
        else:
            explanation = self._explain(job, prediction)
            images = explanation.images
            layers = [_text(layer(values, LAYER)) for values in explanation.maps]
        lungs: Sequence[tuple[str, bool] | tuple[None, None]] = [(None, None)] * len(frames)
        if self.outlines is not None:
            lungs = self.outlines.of(self.model, frames, full_range)
        pictures = [
            Picture(
                frame=_number(str(frame.image)),
                image=_text(image),
                heatmap=over,
                lungs=outlined,
                lungs_doubtful=doubtful,
            )
            for frame, image, over, (outlined, doubtful) in zip(
                frames, images, layers, lungs, strict=True
            )
        ]
        return View(
            record=record,
            dicom=upload.dicom,
            side=SIDE,
            explained=explanation and explanation.class_,
            pictures=pictures,
        )


def _refuse_frame(frame: int, frames: int) -> None:
    """Raise RefusedError (422) for a frame that a file of so many `frames` does not have."""
    if frames == 1:
        raise RefusedError(422, "The file holds one image, and no frames.", "Leave frame out.")
    if frame >= frames:
        raise RefusedError(
            422,
            f"The file has no frame {frame:,}: it has {frames:,}, counted from 0.",
            f"Choose one of its frames, 0 to {frames - 1}.",
            frames=frames,
        )


def _number(address: str) -> int | None:
    """The number of a frame; None of a single image."""
    _, member = split_address(address)
    return None if member is None else int(member)


def _refused(error: ReadError, path: Path) -> RefusedError:
    """Why an upload cannot be read, without the place where it was for a moment."""
    cause = error.__cause__
    if isinstance(cause, RangeError):
        black, white = likely_range(cause.levels.low, cause.levels.high)
        return RefusedError(
            422,
            _sentence(f"The image does not say which of its values are black and white: {cause}"),
            f"Give the values of black and white, such as {black:g} and {white:g}.",
            black=black,
            white=white,
        )
    return RefusedError(422, _told(f"The file cannot be read: {error.reason}", path), EXPORT)


def _told(text: str, path: Path) -> str:
    """A sentence about an upload that does not tell where it was for a moment."""
    text = text.replace(f"{path}: ", "the file ").replace(str(path), "the file")
    return _sentence(text.replace(path.name, "the file"))


def _sentence(text: str) -> str:
    """Text on one line that ends as a sentence does."""
    text = " ".join(text.split())
    text = capital(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format="png", compress_level=1)
    return buffer.getvalue()


def _text(pixels: NDArray[np.uint8]) -> str:
    """A picture (h, w) or (h, w, 4) as base64 of a PNG."""
    return base64.b64encode(_png(Image.fromarray(pixels))).decode()

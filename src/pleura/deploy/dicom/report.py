"""A structured report of a prediction: a measurement report (TID 1500) that refers to its image."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pleura.deploy.dicom.author import CAUTION, MAKER, SCHEME, Author, concept
from pleura.deploy.dicom.source import Source
from pleura.deploy.package import Model
from pleura.deploy.predictor import Frame, Prediction
from pleura.deploy.record import Outputs, Record
from pleura.evaluate.calibration_maps import CalibrationMap

if TYPE_CHECKING:
    from pydicom import Dataset

SERIES = 9001
WHOLE = "whole image or clip"
PROCEDURE = ("363679005", "SCT", "Imaging procedure")
UNLIKE = "Unlike the training images"
DISTANCE = "Distance from the training images, in multiples of the limit"


def structured_report(
    model: Model, prediction: Prediction, record: Record, source: Source, author: Author
) -> "Dataset":
    """The report of a `prediction`, whose `record` it holds, on the DICOM file `source`.

    Groups of measurements: one of the whole, and one of each frame where there are several. What
    the model says stands there as probabilities (NUM) and codes, its notes as parameters of the
    algorithm. It is complete, preliminary, and verified by nobody.
    """
    from highdicom.sr import (
        CodedConcept,
        ComprehensiveSR,
        DeviceObserverIdentifyingAttributes,
        MeasurementReport,
        ObservationContext,
        ObserverContext,
    )
    from pydicom.sr.codedict import codes

    device = DeviceObserverIdentifyingAttributes(
        uid=author.uid, name=MAKER, manufacturer_name=MAKER, model_name=author.name
    )
    observer = ObserverContext(
        observer_type=codes.DCM.Device, observer_identifying_attributes=device
    )
    content = MeasurementReport(
        observation_context=ObservationContext(observer_device_context=observer),
        procedure_reported=CodedConcept(*PROCEDURE),
        imaging_measurements=[*_groups(model, prediction, record, source, author)],
    )
    report = ComprehensiveSR(
        evidence=[source.reference],
        content=content,
        is_complete=True,
        **author.instance(SERIES, f"{MAKER}: {CAUTION}"),
    )
    report.CodingSchemeIdentificationSequence = [_scheme()]
    return report


def _scheme() -> "Dataset":
    """Whose codes the private ones are."""
    from pydicom import Dataset

    made = Dataset()
    made.CodingSchemeDesignator = SCHEME
    made.CodingSchemeName = "Names of classes and findings of models made by pleura"
    return made


def _groups(
    model: Model, prediction: Prediction, record: Record, source: Source, author: Author
) -> Iterator[Any]:
    notes = [CAUTION, *record.notes]
    yield _group(
        WHOLE,
        prediction.frames,
        source,
        author,
        notes,
        [*_measurements(model, record), *_distance(record.distance)],
        [*_evaluations(model, record)],
    )
    for frame, its in zip(prediction.frames, record.frames or (), strict=False):
        measurements = [*_measurements(model, its), *_distance(its.distance)]
        number = source.numbers([frame])
        name = f"frame {number[0]}" if number else WHOLE
        yield _group(name, [frame], source, author, [CAUTION], measurements, [])


def _group(
    name: str,
    frames: Sequence[Frame],
    source: Source,
    author: Author,
    notes: Sequence[str],
    measurements: list[Any],
    evaluations: list[Any],
) -> Any:
    from highdicom import UID
    from highdicom.sr import (
        AlgorithmIdentification,
        MeasurementsAndQualitativeEvaluations,
        SourceImageForMeasurementGroup,
        TrackingIdentifier,
    )

    its = source.reference
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=UID(), identifier=name),
        algorithm_id=AlgorithmIdentification(
            name=f"{MAKER} {author.name}", version=author.version, parameters=notes
        ),
        measurements=measurements or None,
        qualitative_evaluations=evaluations or None,
        source_images=[
            SourceImageForMeasurementGroup(
                its.SOPClassUID, its.SOPInstanceUID, source.numbers(frames)
            )
        ],
    )


def _measurements(model: Model, outputs: Outputs) -> Iterator[Any]:
    from highdicom.sr import CodedConcept, Measurement
    from pydicom.sr.codedict import codes

    for name, value in (outputs.probabilities or {}).items():
        title = concept(f"Probability of {name}")
        yield Measurement(name=title, value=value, unit=codes.UCUM.NoUnits)
    if outputs.number is not None:
        unit = str(model.card["calibration"]["unit"])
        [name] = model.classes
        of = CodedConcept(concept(unit).value, SCHEME, concept(unit).meaning)
        yield Measurement(name=concept(name), value=outputs.number, unit=of)


def _distance(distance: float | None) -> Iterator[Any]:
    from highdicom.sr import Measurement
    from pydicom.sr.codedict import codes

    if distance is not None and np.isfinite(distance):
        yield Measurement(name=concept(DISTANCE), value=distance, unit=codes.UCUM.NoUnits)


def _evaluations(model: Model, record: Record) -> Iterator[Any]:
    """What the record says in words: what is called, what cannot be ruled out, the flag."""
    from highdicom.sr import QualitativeEvaluation
    from pydicom.sr.codedict import codes

    def told(name: str, value: Any) -> Any:
        return QualitativeEvaluation(name=concept(name), value=value)

    one = isinstance(model.calibration, CalibrationMap)
    for answer in record.answers or ():
        yield told("Likeliest class" if one else "Called positive", concept(answer))
    for answer in record.set or ():
        yield told("Cannot be ruled out", concept(answer))
    for name, answers in (record.sets or {}).items():
        for answer in answers:
            yield told(f"Cannot be ruled out of {name}", concept(answer))
    if record.unlike_training is not None:
        yes = codes.SCT.Yes if record.unlike_training else codes.SCT.No
        yield told(UNLIKE, yes)

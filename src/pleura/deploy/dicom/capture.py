"""A heat map as a DICOM secondary capture of the patient and study of its image."""

from typing import TYPE_CHECKING

import numpy as np

from pleura.deploy.dicom.author import CAUTION, MAKER, Author
from pleura.deploy.dicom.source import Source
from pleura.deploy.explain import Explanation

if TYPE_CHECKING:
    from pydicom import Dataset

SUFFIX = ".dcm"
SERIES = 9002
UPRIGHT = ("L", "F")  # stands in for an orientation that is not known, until the file is made
SOURCE_IMAGE = ("121322", "DCM", "Source image for image processing operation")


def secondary_capture(explanation: Explanation, source: Source, author: Author) -> "Dataset":
    """The picture of an `explanation` of the DICOM file `source`: colours, 8 bits, uncompressed.

    It is marked as derived, refers to its source, and names the model. Whether names are burned
    into its pixels it says as its source does, whose pixels it shows; the picture itself adds
    letters that name a class and its probability, and no patient.
    """
    from highdicom.sc import SCImage
    from highdicom.sr import CodedConcept
    from pydicom import Dataset

    made = SCImage.from_ref_dataset(
        ref_dataset=source.reference,
        pixel_array=np.asarray(explanation.picture()),
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=UPRIGHT,
        **author.instance(SERIES, f"{MAKER}: what speaks for {explanation.class_}"),
    )
    made.PatientOrientation, made.Laterality = [], ""  # unless the source says them
    made.ConversionType = "WSD"  # made by a workstation
    made.ImageComments = CAUTION
    made.DerivationDescription = (
        f"Heat map (HiRes-CAM) of what speaks for {explanation.class_}, by the model "
        f"{author.name} ({author.uid}) of {MAKER} {author.version}. {CAUTION}."
    )
    its = source.reference
    image = Dataset()
    image.ReferencedSOPClassUID = its.SOPClassUID
    image.ReferencedSOPInstanceUID = its.SOPInstanceUID
    if numbers := source.numbers(explanation.frames):
        image.ReferencedFrameNumber = numbers
    image.PurposeOfReferenceCodeSequence = [CodedConcept(*SOURCE_IMAGE)]
    made.SourceImageSequence = [image]
    for element in source.carried:
        made[element.tag] = element
    return made

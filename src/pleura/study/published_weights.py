"""What a study is told of the published weights that it starts from: what they may have learned
from its test images, and at which size they were trained."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pleura.data.sources.places import name_of_table
from pleura.models.sources.listed import find_named
from pleura.models.sources.seen import seen_in_training
from pleura.models.sources.source import WeightSource
from pleura.models.weight_files import FILES
from pleura.study.context import Context
from pleura.study.sections import STARTS
from pleura.study.study_base import StudyBase
from pleura.wording import in_a_row


def sources_of(study: StudyBase) -> list[WeightSource]:
    """The published weights that recipes and steps of a study start from, each once."""
    named = [find_named(weights) for weights in _starts(study)]
    return list({each.source.name: each.source for each in named if each}.values())


def files_of(study: StudyBase) -> list[str]:
    """The names of the files of weights of which pleura does not know what they learned from."""
    others = {*STARTS, *study.steps}
    starts = [weights for weights in _starts(study) if weights not in others]
    files = [Path(weights).name for weights in starts if not find_named(weights)]
    return [name for name in dict.fromkeys(files) if name not in FILES]


def _starts(study: StudyBase) -> list[str]:
    """What recipes and segmentations of a study start from, as it names them."""
    starts = [recipe.weights for recipe in study.recipes.values()]
    return starts + [step.weights for step in study.segmentations.values()]


def cautions_of_weights(study: StudyBase, context: Context) -> Iterator[str]:
    """A sentence for each of the published weights that may have learned from test images, and for
    those that were trained on images of another size; one for all files of the user's own."""
    manifest = context.manifest.table
    tested = context.split.tested
    sources: Sequence[str] = manifest["source"].iloc[tested].astype(str).unique().tolist()
    table = study.data.manifest
    about = [name_of_table(Path(table)) if table else "", study.data.source]
    for source in sources_of(study):
        told = seen_in_training(source.name, source.names_trained_on, sources, about)
        if told:
            notes = f" ({source.trained_notes})" if source.trained_notes else ""
            yield told.text + notes
        if source.size != study.data.size:
            yield (
                f"the weights {source.name} were trained on images of {source.size} px, and this "
                f"study shows them {study.data.size} px (data.size)"
            )
    if files := files_of(study):
        yield (
            f"on which images the weights {in_a_row(files)} were trained is not known here: see to "
            "it yourself that no images that test were among them"
        )

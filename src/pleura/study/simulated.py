"""The images that a study file asks pleura to simulate: made once, beside the study's folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pleura.errors import InputError, PleuraError
from pleura.files import alone_in, digest_of
from pleura.simulate.scenes import folder as scenes
from pleura.simulate.sets import TABLE, count_simulated, is_whole
from pleura.simulate.ultrasound import folder as ultrasound
from pleura.simulate.xray import folder as xray
from pleura.simulate.xray.confounders import parse_confounder
from pleura.simulate.xray.findings import folder as xray_findings
from pleura.study.sections import Data
from pleura.study.simulated_sections import Simulated
from pleura.wording import NO_PATIENTS, count

if TYPE_CHECKING:
    from pleura.study.context import Progress

FOLDER = "simulated"


@dataclass(frozen=True)
class SimulatedSet:
    """One kind: what its images show, the key that counts them, and how they are made.

    `write` takes a folder, the parameters of the study file by name, and a `progress` of what is
    done. `version` is that of the simulation: another one makes other images.
    """

    shows: str
    counted: str
    version: int
    write: Callable[..., Path]


def _chest_xrays(folder: Path, *, confounders: Sequence[str] = (), **parameters: Any) -> Path:
    marks = [parse_confounder(text) for text in confounders]
    return xray.write_chest_xrays(folder, confounders=marks, **parameters)


SETS: Mapping[str, SimulatedSet] = {
    "chest-xray": SimulatedSet("chest X-rays", "patients", xray.VERSION, _chest_xrays),
    "chest-xray-findings": SimulatedSet(
        "chest X-rays with several findings",
        "patients",
        xray_findings.VERSION,
        xray_findings.write_findings,
    ),
    "lung-ultrasound": SimulatedSet(
        "lung ultrasound", "patients", ultrasound.VERSION, ultrasound.write_lung_ultrasound
    ),
    "scenes": SimulatedSet("scenes", "images", scenes.VERSION, scenes.write_scenes),
}


def manifest_of(
    data: Data, out: Path, progress: "Progress", announce: Callable[[str], None]
) -> Path:
    """The manifest of a section of data; a simulated set is made first, where it is not there yet.

    Its folder lies in `simulated` beside the study's folder `out` and is named by its parameters,
    so that all studies there share it. Raises PleuraError where it cannot be written.
    """
    if data.manifest is not None:
        return data.manifest
    assert data.simulated is not None  # the schema asks for one of the two
    kind, parameters = data.simulated.kind, data.simulated.model_dump(exclude={"kind"})
    folder = folder_of(data.simulated, out)

    def write() -> Path:
        return write_simulated(kind, folder, parameters, progress)

    try:
        if is_whole(folder):  # needs no lock, so that a folder of somebody else's can be read
            return write()
        others = f"waiting for another study that is simulating the images in {folder}"
        with alone_in(folder, lambda: announce(others)):
            if not is_whole(folder):
                table = folder / TABLE
                why = ": files of it are gone or empty" if table.exists() else ""
                table.unlink(missing_ok=True)
                counted = SETS[kind].counted
                number = f"{parameters[counted]} {counted}"
                announce(f"{_simulating(kind)} ({number}) in {folder}{why}")
                progress(_simulating(kind), 0, 1, {})
            return write()
    except OSError as error:
        raise PleuraError(
            f"{error.filename or folder}: simulated images cannot be written "
            f"({error.strerror or error}); give another --out"
        ) from error
    except InputError as error:  # somebody has put something else there
        raise InputError(
            error.heading,
            [f"{folder} is a folder of simulated images: delete it, it is made again"],
        ) from error


def write_simulated(
    kind: str, folder: Path, parameters: Mapping[str, Any], progress: "Progress"
) -> Path:
    """Write a set of a kind into a folder; the path of its table comes back.

    Raises InputError for parameters that make no sense, and as `write_set` does.
    """

    def count(done: int, of: int) -> None:
        progress(_simulating(kind), done, of, {})

    return SETS[kind].write(folder, **parameters, progress=count)


def _simulating(kind: str) -> str:
    return f"simulating {SETS[kind].shows}"


def folder_of(simulated: Simulated, out: Path) -> Path:
    """Where a set lies, for a study whose folder is `out`."""
    version = SETS[simulated.kind].version
    key = digest_of({**simulated.model_dump(), "version": version})[:12]
    return out.parent / FOLDER / f"{simulated.kind}-{key}"


def told_of(simulated: Simulated | None, images: Sequence[str]) -> tuple[str, ...]:
    """What the plan and the report say of images that are simulated, those of a manifest too."""
    if simulated:
        return (f"these images are simulated ({SETS[simulated.kind].shows}) {NO_PATIENTS}",)
    if number := count_simulated(images):
        every = number == len(images)
        which = "these images" if every else f"{number:,} of {count(len(images), 'image')}"
        return (f"{which} are simulated {NO_PATIENTS}",)
    return ()

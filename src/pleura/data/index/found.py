"""The files of a folder at any depth: what can be an image, and what is left out and why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pleura.data.addresses import Addresses
from pleura.data.image_files import endings_of, is_image, leads_back, walked
from pleura.data.names import composed
from pleura.data.readers.dicom.header import is_dicom
from pleura.data.readers.listed import READERS
from pleura.data.system_files import LEFT_OUT as OF_SYSTEM
from pleura.data.system_files import is_of_system
from pleura.wording import count, first_few

ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
MANY_IMAGES = tuple(end for reader in READERS if reader.many_images for end in reader.suffixes)
MISNAMED = "DICOM by its contents, which its ending hides; let it end in .dcm"
OTHER = "no image by its name or contents"
ARCHIVE = "an archive, which is not opened; unpack it into the folder"
TABLES = "holds many images and is a table of them by itself; give it to a study as its manifest"
CLOSED = f"{OF_SYSTEM}, not looked into"
AGAIN = "a link to one that is looked through by itself"
A_STUDY = "what a study has left"
TWIN = (
    "its name differs from another's in the Unicode form of a letter only (accented, or letter and "
    "accent), which tables cannot tell apart; rename it"
)
STUDY_FILES = {"study.yaml", "split.json"}
Look = Callable[[int], None]


@dataclass
class LeftOut:
    """Files that get no row, as paths from the folder, by the reason."""

    by_reason: dict[str, list[Path]] = field(default_factory=dict)

    def add(self, path: Path, reason: str) -> None:
        """Leave a file out."""
        self.by_reason.setdefault(reason, []).append(path)

    def __len__(self) -> int:
        return sum(map(len, self.by_reason.values()))

    def lines(self) -> Iterator[str]:
        """`3 files left out, truncated: a.png, b.png, c.png` for each of the reasons, the commonest
        first."""
        for reason, paths in sorted(self.by_reason.items(), key=lambda each: -len(each[1])):
            names = endings_of(paths) if reason == OTHER else first_few(map(_shown, paths))
            noun = "folder" if reason in (CLOSED, AGAIN) else "file"
            yield f"{count(len(paths), noun)} left out, {reason}: {names}"


def find_files(folder: Path, own: frozenset[Path], look: Look) -> tuple[list[Path], LeftOut]:
    """The files that may be images, sorted, as paths from `folder`, and what is left out.

    Links are followed, each folder is looked through once, and a file to which several paths of one
    folder lead is taken once (see `pleura.data.index.copies` for links of other folders).
    `own` are whole paths that are passed over in silence: those of the table itself. `look` hears
    how many files were seen.
    """
    images: list[Path] = []
    left_out = LeftOut()
    first: dict[tuple[Path, int, int], Path] = {}
    addresses = Addresses(folder)
    for number, path in enumerate(sorted(_files_in(folder, left_out)), start=1):
        look(number)
        whole = folder / path
        if whole.absolute() in own:
            continue
        if why := _why_not(whole, path) or _is_twin(path, addresses) * TWIN:
            left_out.add(path, why)
            continue
        status = whole.stat()
        same = first.setdefault((path.parent, status.st_dev, status.st_ino), path)
        if status.st_ino and same != path:
            left_out.add(path, "the same file as another, by a link")
        else:
            images.append(path)
    return images, left_out


def _files_in(folder: Path, left_out: LeftOut) -> Iterator[Path]:
    """All that is no folder, as paths from `folder`; folders that cannot be listed, that a system
    keeps for itself, and those of studies, are left out."""

    def unlisted(error: OSError) -> None:
        left_out.add(
            Path(error.filename).relative_to(folder),
            f"a folder that cannot be listed ({error.strerror})",
        )

    def again(link: Path) -> None:
        left_out.add(link.relative_to(folder), AGAIN)

    for here, folders, files in walked(folder, unlisted, again):
        inside = Path(here).relative_to(folder)
        if set(files) >= STUDY_FILES:
            left_out.add(inside, A_STUDY)
            folders.clear()
            continue
        followed = []
        for name in folders:
            if is_of_system(name):
                left_out.add(inside / name, CLOSED)
            elif leads_back(here, name):
                left_out.add(inside / name, "a link that leads back to a folder above it")
            else:
                followed.append(name)
        folders[:] = followed
        yield from (inside / name for name in files)


def _why_not(whole: Path, path: Path) -> str:
    """Why a file gets no row, as far as its name, its kind and its first bytes tell; else ""."""
    if is_of_system(path.name):
        return OF_SYSTEM
    if whole.is_symlink() and not whole.exists():
        return "a link whose file is gone"
    if not whole.is_file():
        return "no file to be read, such as a pipe"
    ending = path.suffix.lower()
    if ending in ARCHIVES:
        return ARCHIVE
    if ending in MANY_IMAGES:
        return TABLES
    if not is_image(whole):
        return MISNAMED if is_dicom(whole) else OTHER
    return odd_name(str(path))


def _is_twin(path: Path, addresses: Addresses) -> bool:
    """Whether the path of a file, as a table has it, leads to another file or to none."""
    if str(path).isascii():
        return False
    found = Path(addresses.find(composed(path.as_posix())))
    return not found.exists() or not found.samefile(addresses.folder / path)


def odd_name(name: str) -> str:
    """Why a table cannot hold the name of a file; "" where it can."""
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        return "its name is not in UTF-8, which tables cannot hold; rename it"
    if "::" in name:
        return "its name holds ::, which stands between a file and its parts; rename it"
    if name != name.strip() or "\ufeff" in name or any(map(_ends_a_line, name)):
        return "its name has blanks around it or holds a line break; rename it"
    return ""


def _ends_a_line(letter: str) -> bool:
    """Whether a letter is a control character, or ends a line as U+2028 does."""
    return letter < " " or not letter.splitlines()[0]


def _shown(path: Path) -> str:
    """The name as a message can show it."""
    return path.as_posix() if str(path).isprintable() else ascii(path.as_posix())

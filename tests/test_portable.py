"""Nothing needs what only POSIX systems have: clinicians have Windows laptops.

Where these tests run there is no Windows. They forbid what is missing there, and refuse what it
refuses: to rename or to delete a file that is open.
"""

import ast
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pleura import files
from pleura.files import write_text
from pleura.study.run import Study
from tests.conftest import MakeImages
from tests.study.short import short

SOURCE = Path(files.__file__).parent
MODULES = {
    *("crypt", "curses", "fcntl", "grp", "nis", "posix", "pty", "pwd", "readline", "resource"),
    *("spwd", "syslog", "termios", "tty"),
}
NAMES = {
    *(
        "os.fork",
        "os.forkpty",
        "os.getloadavg",
        "os.getuid",
        "os.geteuid",
        "os.getgid",
        "os.killpg",
    ),
    *("os.getpgid", "os.mkfifo", "os.nice", "os.setsid", "os.statvfs", "os.uname", "os.waitpid"),
    *("os.sched_getaffinity", "os.chown", "os.O_NONBLOCK", "os.posix_fadvise", "os.pread"),
    *("signal.SIGHUP", "signal.SIGKILL", "signal.SIGUSR1", "signal.SIGALRM", "signal.alarm"),
    *("signal.setitimer", "signal.SIGCHLD", "signal.pause"),
}
OPTIONS = {"preexec_fn", "pass_fds"}
GUARD = 'sys.platform != "win32"'


def used(node: ast.AST) -> Iterator[str]:
    """What a piece of code uses outside of what is not for Windows."""
    parts = ast.iter_child_nodes(node)
    if isinstance(node, ast.If) and GUARD in ast.unparse(node.test).replace("'", '"'):
        parts = iter(node.orelse)
    elif isinstance(node, ast.Import):
        yield from (name.name for name in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""
    elif isinstance(node, ast.Attribute):
        yield ast.unparse(node)
    elif isinstance(node, ast.keyword) and node.arg:
        yield f"{node.arg}="
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "get_context":
        yield ast.unparse(node)
    for part in parts:
        yield from used(part)


def forbidden(text: str) -> set[str]:
    found = set(used(ast.parse(text)))
    return {
        *(found & (MODULES | NAMES)),
        *(found & {f"{name}=" for name in OPTIONS}),
        *(found & {"get_context()", "get_context('fork')", "get_context('forkserver')"}),
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import fcntl", {"fcntl"}),
        ("from resource import setrlimit", {"resource"}),
        ("def f():\n    import pwd", {"pwd"}),
        ("x = os.fork()", {"os.fork"}),
        ("Popen(a, preexec_fn=f)", {"preexec_fn="}),
        ("get_context('fork')", {"get_context('fork')"}),
        ('if sys.platform != "win32":\n    import fcntl\nelse:\n    import pwd', {"pwd"}),
        (
            'if a:\n    signal.SIGHUP\nif sys.platform != "win32" and b:\n    os.fork()',
            {"signal.SIGHUP"},
        ),
        ("import signal, os", set()),
    ],
)
def test_what_is_forbidden_is_found(text: str, names: set[str]) -> None:
    assert forbidden(text) == names


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.name)
def test_no_module_needs_what_windows_has_not(path: Path) -> None:
    assert not forbidden(path.read_text(encoding="utf-8"))


@pytest.fixture
def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that are open, or mapped into memory, cannot be replaced or deleted, nor the folders of
    such, and there are no links."""
    process = psutil.Process()

    def refuse_open(path: Path | str) -> None:
        names = {file.path for file in process.open_files()}
        maps = Path("/proc/self/maps")
        text = maps.read_text(encoding="utf-8") if maps.exists() else ""
        names |= {line.split()[-1] for line in text.splitlines()}
        if str(path) in names or any(name.startswith(f"{path}{os.sep}") for name in names):
            raise PermissionError(13, "The process cannot access the file", str(path))

    replace, unlink = Path.replace, Path.unlink

    def replace_closed(self: Path, target: Path | str) -> Path:
        refuse_open(self)
        refuse_open(target)
        return replace(self, target)

    def unlink_closed(self: Path, missing_ok: bool = False) -> None:
        refuse_open(self)
        unlink(self, missing_ok)

    def rmtree(folder: Path, ignore_errors: bool = False) -> None:
        """What is not open goes."""
        for path in (*sorted(Path(folder).rglob("*"), reverse=True), Path(folder)):
            try:
                path.rmdir() if path.is_dir() else path.unlink()
            except OSError:
                if not ignore_errors:
                    raise

    def no_link(*of: object) -> None:
        raise OSError(1, "links are not supported")

    monkeypatch.setattr(Path, "replace", replace_closed)
    monkeypatch.setattr(Path, "unlink", unlink_closed)
    monkeypatch.setattr(shutil, "rmtree", rmtree)
    monkeypatch.setattr(os, "link", no_link)
    monkeypatch.setattr(files, "PAUSES", ())


@pytest.mark.usefixtures("as_on_windows", "small_forests")
def test_a_study_never_renames_or_deletes_what_is_open(
    make_images: MakeImages, tmp_path: Path
) -> None:
    """From images to the report, and once more with a recipe that needs more features."""
    content = short(make_images(patients=24))
    result = Study.from_objects(content).run(tmp_path)
    assert (result.folder / "report.html").is_file()
    again = {**content, "fractions": [0.5, 1.0]}
    assert len(Study.from_objects(again).run(tmp_path).runs) > len(result.runs) // 2


@pytest.mark.usefixtures("as_on_windows")
def test_what_is_open_is_refused_here(tmp_path: Path) -> None:
    """The fixture does what it says."""
    path = tmp_path / "a.txt"
    write_text(path, "one")
    with path.open(), pytest.raises(PermissionError):
        write_text(path, "two")
    write_text(path, "three")
    assert path.read_text() == "three"


def test_a_file_that_is_read_just_then_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = iter([True, True, False])
    replace = Path.replace

    def sometimes(self: Path, target: Path) -> Path:
        if next(tries):
            raise PermissionError(13, "The process cannot access the file", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", sometimes)
    monkeypatch.setattr(files, "PAUSES", (0.0, 0.0, 0.0))
    write_text(tmp_path / "a.txt", "there")
    assert (tmp_path / "a.txt").read_text() == "there"

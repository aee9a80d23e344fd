"""The command line: one verb a file, each a thin call of a public function.

The first sentence of a verb's docstring stands in the list of verbs, and has its room there.
"""

import io
import os
import sys
from typing import TYPE_CHECKING

import typer

from pleura.cli.compare import compare
from pleura.cli.data import data
from pleura.cli.depth import depth
from pleura.cli.evaluate import evaluate
from pleura.cli.export import export
from pleura.cli.fingerprints import fingerprints
from pleura.cli.lists import show
from pleura.cli.masks import masks
from pleura.cli.methods import methods
from pleura.cli.new import new
from pleura.cli.options import Version
from pleura.cli.overlap import overlap
from pleura.cli.phantom import phantom
from pleura.cli.plan import plan
from pleura.cli.power import power
from pleura.cli.predict import predict
from pleura.cli.report import report
from pleura.cli.run import run
from pleura.cli.scenes import scenes
from pleura.cli.serve import serve
from pleura.cli.status import status
from pleura.cli.worker import worker

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

app = typer.Typer(
    name="pleura",
    help="Find out which way of transferring knowledge works best for your lung images, prove it, "
    "and take the model home.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
study = typer.Typer(no_args_is_help=True, help="Plan, run and report a study.")
app.add_typer(study, name="study")
app.add_typer(show, name="list")
app.add_typer(data, name="data")
for of_a_study in (run, plan, status, report, methods):
    study.command()(of_a_study)
for verb in (new, power, depth, phantom, scenes, predict, masks, worker):
    app.command()(verb)
for elsewhere in (evaluate, compare, export, serve, overlap, fingerprints):
    app.command()(elsewhere)


@app.callback()
def of_all_verbs(version: Version = False) -> None:
    """Options that stand before a verb."""


def main() -> None:
    """Run the command line; an error a user can mend is one message and exit code 1."""
    # A study must not end because a terminal or a log file cannot show a letter.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    own = sys.stdout is sys.__stdout__  # not one that a caller has put in its place
    if own and isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Output(sys.stdout.fileno(), "w", closefd=False)),
            encoding=sys.stdout.encoding,
            errors=sys.stdout.errors,
            write_through=sys.stdout.write_through,
        )
    code: str | int | None
    error: Exception | None = None
    try:
        app()
        code = 0
    except SystemExit as ended:
        code = ended.code
    except Exception as raised:
        from pleura.errors import PleuraError

        # OSError: a full disk, a folder that cannot be written; its text names the file.
        if not isinstance(raised, PleuraError | OSError):
            raise
        code, error = 1, raised
    unwritten = _close_output()
    if unwritten is not None:
        code = code or 1
        if isinstance(error, OSError) and error.filename == unwritten.filename:
            error = None  # it is told below
    for each in (error, unwritten):
        # Whoever reads the output has what they want, such as `head`.
        if each is not None and not isinstance(each, BrokenPipeError):
            typer.echo(f"pleura: {_told(each)}", err=True)
    raise SystemExit(code)


def _told(error: Exception) -> str:
    """What a user is told of an error, with the name of the file."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _close_output() -> OSError | None:
    """Write what is left of standard output; why it cannot be written, None where it can. Python
    would say so at its end, in words of its own."""
    if sys.stdout is None:  # closed by whoever started it
        return None
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return error
    return None


class _Output(io.FileIO):
    """Standard output, whose errors say what cannot be written."""

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = "standard output cannot be written"
            raise

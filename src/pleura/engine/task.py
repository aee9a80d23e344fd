"""What a worker is asked to do, as JSON, and what it answers."""

import json
import socket
import traceback
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from pleura.engine.plain import digest, dumps, loads, plain_step, step_of
from pleura.errors import PleuraError
from pleura.files import drop, write_text
from pleura.study.attempt import perform
from pleura.study.context import Context, Progress
from pleura.study.folder import environment
from pleura.study.step import Step
from pleura.study.steps.listed import load_kind

FOLDER = "engine"  # below the study's folder
_contexts: dict[Path, Context] = {}  # what this worker has read, the last one alone


def write_context(context: Context) -> Path:
    """Write what all steps share into the study's folder, for workers to read, once."""
    text = dumps(context, context.out)
    path = context.out / FOLDER / f"context-{digest(text)}.json"
    for earlier in path.parent.glob("context-*.json"):
        if earlier != path:
            drop(earlier)  # which a worker of an earlier run may read just then
    if not path.exists():
        write_text(path, text)
    return path


def ask(step: Step, context: Path) -> str:
    """The message that asks for a step; `context` is what `write_context` has written."""
    home = context.parent.parent
    return json.dumps(
        {**plain_step(step, home), "context": context.name, "pleura": version("pleura")}
    )


def answer(message: str, progress: Progress) -> dict[str, Any]:
    """Do what a message asks for.

    `done` is true where the step is done. Otherwise `error` says what a user is told; `full` is
    true where this machine could not read or write, which another one may. `machine` describes this
    one.
    """
    asked = json.loads(message)
    said: dict[str, Any] = {"done": False, "full": False, "host": socket.gethostname()}
    if asked["pleura"] != version("pleura"):
        return {
            **said,
            "error": f"the worker on {said['host']} has pleura {version('pleura')} and the run "
            f"pleura {asked['pleura']}; all machines need the same",
        }
    home = Path(asked["home"])
    try:
        context = _context(home / FOLDER / asked["context"], home)
        step = step_of(asked, home)
        _refuse_other_code(step)
        perform(step, context, progress)
        return {**said, "done": True, "machine": environment(context)}
    except PleuraError as error:
        return {**said, "error": str(error)}
    except torch.OutOfMemoryError as error:
        why = str(error).partition(". ")[0]
        advice = "have fewer workers on it (--per-gpu), or make training.batch_size smaller"
        return {**said, "error": f"the memory of the GPU does not suffice ({why}): {advice}"}
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return {**said, "full": True, "error": f"{where}{error.strerror or error}"}
    except Exception:
        return {**said, "error": traceback.format_exc()}


def _context(path: Path, home: Path) -> Context:
    if path not in _contexts:
        context: Context = loads(path.read_text(encoding="utf-8"), home)
        _contexts.clear()
        _contexts[path] = replace(
            context,
            threads=torch.get_num_threads(),
            accelerator="cuda" if torch.cuda.is_available() else "cpu",
        )
    return _contexts[path]


def _refuse_other_code(step: Step) -> None:
    """Raise PleuraError where this worker's code would do something else than the run's, as a copy
    of pleura that was changed."""
    for each in (*step.parents, step):
        here = load_kind(each.kind).versions(each.spec)
        other = [name for name, number in each.versions.items() if here.get(name) != number]
        if other:
            raise PleuraError(
                f"this worker has another version of: {', '.join(other)}; all machines need the "
                "same pleura"
            )

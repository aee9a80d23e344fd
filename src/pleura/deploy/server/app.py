"""The web application: what is asked at which address."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from pleura.deploy.record import Record
from pleura.deploy.server.api_page import api_page
from pleura.deploy.server.guard import Admitted, Guard
from pleura.deploy.server.jobs import DICOM, JSON, PNG, Job, What
from pleura.deploy.server.limits import RefusedError
from pleura.deploy.server.pool import Pool
from pleura.deploy.server.problems import STATUSES, problem
from pleura.deploy.server.schemas import About, Problem, View
from pleura.deploy.server.worker import failure

STATIC = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/draw.js": ("draw.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
DESCRIPTION = (
    "One model, asked about one image or clip at a time. The body of a request is the file itself. "
    "Nothing that is sent is kept, and its name is never asked for. Research software, not a "
    "medical device."
)
BODY = {
    "requestBody": {
        "required": True,
        "description": "the bytes of one PNG, JPEG, DICOM file or clip",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
Explain = Annotated[
    str | None,
    Query(max_length=200, description="class or finding that is explained; else the likeliest"),
]
Frame = Annotated[
    int | None, Query(ge=0, le=1_000_000, description="the one frame of a clip, from 0")
]
Value = Annotated[
    float | None, Query(allow_inf_nan=False, description="in images of more than 8 bits")
]


@dataclass(frozen=True)
class InAddress:
    """What the address of a request says beside its body."""

    frame: int | None
    full_range: tuple[float, float] | None


def asked(frame: Frame = None, black: Value = None, white: Value = None) -> InAddress:
    """What is asked. Raises RefusedError for a black without a white, and one not below it."""
    if (black is None) != (white is None):
        raise RefusedError(422, "black and white belong together.", "Give both, or neither.")
    if black is None or white is None:
        return InAddress(frame, None)
    if not black < white or not math.isfinite(white - black):
        raise RefusedError(
            422, "black is not below white.", "Give the value of black, then of white."
        )
    return InAddress(frame, (black, white))


def make_app(pool: Pool, about: About, admitted: Admitted) -> ASGIApp:
    """The application that answers by a pool of workers whoever is `admitted`."""
    app = FastAPI(
        title="pleura",
        version=version("pleura"),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    secured = [Security(HTTPBearer(auto_error=False))] if admitted.token else []
    told = STATUSES if admitted.token else {key: STATUSES[key] for key in STATUSES if key != 401}
    problems: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "description": text} for status, text in told.items()
    }
    api = APIRouter(prefix="/api", dependencies=secured, responses=problems)

    @api.get("/model", response_model_exclude_none=True)
    async def model() -> About:
        """What the model is, what must be known before its answers are read, and what is taken."""
        return about

    _ask(api, pool, "predict", "/predict", _json(Record), PREDICT)
    _ask(api, pool, "view", "/view", _json(View), VIEW, explains=True)
    _ask(api, pool, "heatmap", "/heatmap.png", _bytes(PNG), HEATMAP, explains=True)
    _ask(api, pool, "report", "/report.dcm", _bytes(DICOM), REPORT)
    _ask(api, pool, "capture", "/heatmap.dcm", _bytes(DICOM), CAPTURE, explains=True)
    app.include_router(api)
    _pages(app)
    _errors(app)
    return Guard(app, admitted)


PREDICT = "What the model says of the file: the record that `pleura predict --out x.json` writes."
VIEW = "The same with pictures for a page: the image, its heat map, and outlines of lungs."
HEATMAP = "Where the model looks: the picture that `pleura predict --heatmaps` draws."

REPORT = (
    "DICOM structured report: a measurement report (TID 1500) that refers to the file, which must "
    "be DICOM."
)
CAPTURE = "DICOM heat map: the same picture as a secondary capture; the file must be DICOM."


def _ask(
    api: APIRouter,
    pool: Pool,
    what: What,
    path: str,
    answers: Mapping[str, Any],
    told: str,
    *,
    explains: bool = False,
) -> None:
    """Add an address where a question is asked about an upload."""

    async def answer(request: Request, its: InAddress, explain: str | None) -> Response:
        async with pool.received(request) as file:
            job = Job(what, str(file), explain, its.frame, its.full_range)
            done = await pool.ask(job, request)
        return Response(done.body, media_type=done.media)

    async def explained(
        request: Request, its: Annotated[InAddress, Depends(asked)], explain: Explain = None
    ) -> Response:
        return await answer(request, its, explain)

    async def plain(request: Request, its: Annotated[InAddress, Depends(asked)]) -> Response:
        return await answer(request, its, None)

    api.add_api_route(
        path,
        explained if explains else plain,
        methods=["POST"],
        operation_id=what,
        summary=told.partition(":")[0],
        description=told,
        responses={200: dict(answers)},
        response_class=Response,
        openapi_extra=BODY,
    )


def _json(model: type) -> dict[str, Any]:
    return {"model": model, "description": "the answer", "content": {JSON: {}}}


def _bytes(media: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "binary"}
    return {"description": "the file", "content": {media: {"schema": schema}}}


def _pages(app: FastAPI) -> None:
    """Add the page, what belongs to it, and the description of the interface."""
    folder = files("pleura.deploy.server") / "static"
    for path, (name, media) in STATIC.items():
        # Read once: no path of a request ever leads to a file.
        app.add_api_route(
            path,
            _giving((folder / name).read_bytes(), media),
            methods=["GET", "HEAD"],
            include_in_schema=False,
        )
    described = _giving(api_page(app.openapi()).encode(), "text/html; charset=utf-8")
    app.add_api_route("/docs", described, methods=["GET", "HEAD"], include_in_schema=False)


def _giving(body: bytes, media: str) -> Any:
    async def give() -> Response:
        return Response(body, media_type=media)

    return give


def _errors(app: FastAPI) -> None:
    """Tell every refusal as a problem."""

    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: RefusedError) -> Response:
        return problem(error)

    @app.exception_handler(RequestValidationError)
    async def wrong(_: Request, error: RequestValidationError) -> Response:
        names = sorted({str(each["loc"][-1]) for each in error.errors()})
        what = f"What the address says does not fit: {', '.join(names)}."
        return problem(RefusedError(422, what, "See /docs for what each takes."))

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> Response:
        return problem(failure(error))

    @app.exception_handler(HTTPException)
    async def unknown(_: Request, error: HTTPException) -> Response:
        to_do = "Open / for the page, or /docs for what can be asked."
        given = problem(RefusedError(error.status_code, f"{error.detail}.", to_do))
        given.headers.update(error.headers or {})
        return given

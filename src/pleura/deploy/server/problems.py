"""How a request is refused, as JSON."""

from starlette.responses import Response

from pleura.deploy.server.limits import RefusedError
from pleura.deploy.server.schemas import Problem

STATUSES = {
    401: "no token, or another one",
    403: "asked by another page or by another address",
    408: "the upload took too long",
    413: "too many bytes, pixels or frames",
    415: "not a kind of file that is taken",
    422: "damaged, or not asked for as it must be",
    503: "too many wait, or the model is being loaded again or cannot be",
    504: "took too long",
}


def problem(refused: RefusedError) -> Response:
    """The answer to a request that is refused."""
    told = Problem(
        what=refused.what,
        to_do=refused.to_do,
        frames=refused.frames,
        black=refused.black,
        white=refused.white,
    )
    headers = {}
    if refused.retry is not None:
        headers["Retry-After"] = str(refused.retry)
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = told.model_dump_json(exclude_none=True)
    return Response(body, refused.status, headers, media_type="application/json")

"""The HTTP switch for SageMaker's faults, on the AWS endpoint beside the emulated AWS.

`GET /_local/faults` tells what is set and what there is, `POST` sets one (`Fault` as JSON), `DELETE ?name=&endpoint=`
clears all, or those of a name or endpoint. No bucket's name begins with an underscore, so the path is nobody else's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from werkzeug.wrappers import Request, Response

from stacks.local.emulation.sagemaker.faults import FAULTS, Fault, Faults

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/_local/faults"


def with_fault_control(app: WSGIApplication, faults: Callable[[], Faults]) -> WSGIApplication:
    """Answer `PATH` and leave everything else to `app`."""

    def controlled(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH:
            return app(environ, start_response)
        return _answer(Request(environ), faults())(environ, start_response)

    return controlled


def _answer(request: Request, faults: Faults) -> Response:
    if request.method == "POST":
        try:
            faults.add(Fault.model_validate_json(request.get_data()))
        except ValidationError as error:
            return _json(400, {"error": str(error)})
    elif request.method == "DELETE":
        name = request.args.get("name")
        if name is not None and name not in FAULTS:
            return _json(400, {"error": f"there is no fault {name!r}"})
        faults.clear(name, request.args.get("endpoint"))
    elif request.method != "GET":
        return _json(405, {"error": "use GET, POST or DELETE"})
    listed = [fault.model_dump(exclude_none=True) for fault in faults.listed()]
    return _json(200, {"set": listed, "known": FAULTS})


def _json(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")

"""The page that leads a browser from the server's origin to an instance's."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import MediaType, Request, Response, get
from litestar.response import Redirect

from workstead.access.guard import Doorman
from workstead.access.pages import page
from workstead.artifacts.service import check_path
from workstead.compute import service
from workstead.compute.routes.domains import domain_for, leads_elsewhere
from workstead.compute.routes.instances import origin_of
from workstead.foundation.db import Database
from workstead.foundation.http import PUBLIC, answer_error
from workstead_wire.errors import Conflict, NotSignedIn, WorksteadError
from workstead_wire.workspaces import WorkspacePath

ENTER = "/_workstead/enter"
"""The path at an instance's origin that takes the code of an entry."""


def show_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A page with the sentence where a person looks; the one error shape for programs."""
    if not isinstance(error, WorksteadError) or "text/html" not in request.headers.get("accept", ""):
        return answer_error(request, error)
    text = page("This instance cannot be opened", f"<p>{escape(error.message)}</p>")
    return Response(text, media_type=MediaType.HTML, status_code=error.status)


@get(
    "/apps/{subscription:str}/{group:str}/{workspace:str}/{name:str}/open",
    opt=PUBLIC,
    include_in_schema=False,
    exception_handlers={Exception: show_error},
)
async def open_application(
    request: Request[None, None, Any],
    db: Database,
    doorman: Doorman,
    where: WorkspacePath,
    name: str,
    app: str = "lab",
    file: str = "",
) -> Response[Any]:
    """Hand a signed-in browser over to the instance's own origin, by a code that works once."""
    try:
        caller = await doorman.find(request)
    except NotSignedIn:
        here = f"{request.url.path}?app={app}" + (f"&file={quote(file)}" if file else "")
        return Redirect("/signin?next=" + quote(here, safe=""), status_code=303)
    target = await db.read(service.get_target, where, name)
    target.check(caller)
    program = target.find_program(app)
    if program.why is not None:
        return Response(page(f"No {program.name} here", f"<p>{escape(program.why)}</p>"), media_type=MediaType.HTML)
    if target.state != "Running":
        raise Conflict(f"instance {target.name!r} is {target.state}; start it, and open it when it is Running")
    domain = domain_for(request)
    if leads_elsewhere(request, domain):
        raise Conflict(
            f"instance {target.name!r} cannot be opened from another machine: its name ends in {domain!r}, which leads "
            "to your own; whoever runs this server sets WORKSTEAD_INSTANCES_DOMAIN"
        )
    link = await db.write(service.create_entry, caller, target, program, check_path(file) if file else "")
    port = urlsplit(origin_of(request)).port
    origin = f"{request.url.scheme}://{target.label}.{domain}" + (f":{port}" if port else "")
    headers = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return Redirect(f"{origin}{ENTER}?{urlsplit(link.url).query}", status_code=303, headers=headers)


handlers = [open_application]

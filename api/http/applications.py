"""`/v1/applications/{id}`: what the graph knows of one application, masked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from api.documents import application_document
from api.http.auth import scope
from api.http.conditional import answer
from api.http.openapi import problems, reads
from api.http.rings import ID, Lang
from api.http.service import service_of
from graphfraud.export import scan_folder, standing_of
from graphfraud.results import ApplicationDetail, Standing
from graphfraud.store import Store, results

router = APIRouter(tags=["applications"], dependencies=[Depends(scope("read"))])


@router.get(
    "/v1/applications/{application_id:path}",  # an id may hold a slash
    operation_id="get_application",
    summary="Show what is known of one application",
    responses=problems("ApplicationDetail", 401, 403, 404, 422, 429, 503, cached=True),
    openapi_extra=reads(),
)
async def get_application(
    request: Request,
    application_id: Annotated[str, Path(pattern=ID, description="The lender's id of the application.")],
    lang: Lang = "en",
) -> Response:
    """Its versions, identifiers (masks only), its risk and score in the last scan and its ring."""
    service = service_of(request)

    def read(store: Store) -> tuple[ApplicationDetail, Standing | None]:
        detail = results.application(store, application_id)
        scan = results.current_scan(store)
        if scan is None:
            return detail, None
        return detail, standing_of(scan_folder(service.settings.home, store.store_id(), scan.scan_id), application_id)

    detail, standing = await service.reading.ask(read)
    document = application_document(detail, standing, lang, service.settings.conventions.zone, tokens=False)
    return answer(request, document)

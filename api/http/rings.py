"""`/v1/rings`: what the last scan found."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.documents import ring_detail_document, ring_document
from api.http.auth import scope
from api.http.conditional import answer
from api.http.cursors import Cursor, no_page, read_cursor
from api.http.openapi import problems, reads
from api.http.problems import invalid
from api.http.service import service_of
from graphfraud.errors import FieldError, NotFound, RowRejected
from graphfraud.intake import codes
from graphfraud.intake.text import LONGEST_SCALAR
from graphfraud.intake.times import moment
from graphfraud.results import Ring, Scan
from graphfraud.store import Store, results

router = APIRouter(tags=["rings"], dependencies=[Depends(scope("read"))])

Lang = Annotated[Literal["en", "zh"], Query(description="Language of the texts.")]
ID = r"^[^\x00-\x1f\x7f-\x9f]{1,200}$"


@router.get(
    "/v1/rings",
    operation_id="list_rings",
    summary="List the rings of the last scan, riskiest first",
    responses=problems("RingPage", 401, 403, 404, 422, 429, 503, cached=True),
    openapi_extra=reads(),
)
async def list_rings(
    request: Request,
    risk_min: Annotated[float, Query(ge=0, le=1, description="Leave out rings below this risk.", allow_inf_nan=False)] = 0.0,
    dealer_id: Annotated[
        str | None, Query(pattern=ID, description="Only rings with applications that this dealer sold.")
    ] = None,
    since: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=LONGEST_SCALAR,
            description="Only rings that had an application at or after this date or time (ISO 8601).",
            examples=["2025-06-01", "2025-06-01T00:00:00+08:00"],
        ),
    ] = None,
    application_id: Annotated[str | None, Query(pattern=ID, description="Only the ring of this application.")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Rings a page.")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before; filters stay the same.")
    ] = None,
    lang: Lang = "en",
) -> Response:
    """Pages stay whole while scans go on: a cursor keeps to the scan of the first page as long as the store has it."""
    service = service_of(request)
    zone = service.settings.conventions.zone
    earliest = _since(since, zone)
    place = read_cursor(cursor) if cursor is not None else None

    def read(store: Store) -> tuple[Scan | None, tuple[Ring, ...], frozenset[str] | None]:
        scan = results.current_scan(store)
        if scan is None:
            return None, (), None
        try:
            found = service.reading.rings(store, place.scan_id if place else scan.scan_id)
        except NotFound:
            raise no_page() from None
        of_dealer = None
        if dealer_id is not None:
            of_dealer = results.rings_of_dealer(store, dealer_id, place.scan_id if place else scan.scan_id)
        return scan, found, of_dealer

    scan, rings, of_dealer = await service.reading.ask(read)
    scan_id = place.scan_id if place else scan.scan_id if scan else None
    page: list[Ring] = []
    after, more = place.after if place else 0, False
    for rank in range(after, len(rings)):
        ring = rings[rank]
        if (
            ring.risk < risk_min
            or (of_dealer is not None and ring.ring_id not in of_dealer)
            or (earliest is not None and (ring.last_seen is None or ring.last_seen < earliest))
            or (application_id is not None and all(member != application_id for member, _ in ring.members))
        ):
            continue
        if len(page) == limit:
            more = True
            break
        page.append(ring)
        after = rank + 1
    document = {
        "scan_id": scan_id,
        "current_scan_id": scan.scan_id if scan else None,
        "rings": [ring_document(ring, lang, zone, tokens=False) for ring in page],
        "next_cursor": Cursor(scan_id, after).text() if more and scan_id else None,
    }
    return answer(request, document)


@router.get(
    "/v1/rings/{ring_id}",
    operation_id="get_ring",
    summary="Show one ring with its members and what they share",
    responses=problems("RingDetail", 401, 403, 404, 422, 429, 503, cached=True),
    openapi_extra=reads(),
)
async def get_ring(
    request: Request,
    ring_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$", description="Id of the ring, whole.")],
    lang: Lang = "en",
) -> Response:
    """Members are in order of submission; identifiers are masked."""
    service = service_of(request)
    detail = await service.reading.ask(lambda store: results.ring_detail(store, ring_id))
    return answer(request, ring_detail_document(detail, lang, service.settings.conventions.zone, tokens=False))


def _since(text: str | None, zone: ZoneInfo) -> int | None:
    if text is None:
        return None
    try:
        found = moment(text.strip(), "since", zone)
    except RowRejected as rejected:
        raise invalid([FieldError("since", rejected.code, str(rejected))]) from None
    if found is None:
        raise invalid([FieldError("since", codes.UNREADABLE_TIME, "since: write a date or a time, such as 2025-06-01")])
    return found.epoch_ms

"""Put the rings into one HTML page that needs nothing but itself: style, script and pictures are inside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files

from graphfraud.report import words
from graphfraud.report.view import Tone, view
from graphfraud.results import LeftOut, RingDetail, Scan
from graphfraud.settings import Conventions
from graphfraud.wording import Lang


def render_report(
    details: Sequence[RingDetail],
    scan: Scan,
    *,
    rings: int,
    reviewed: int,
    applications: int | None = None,
    left_out: LeftOut | None = None,
    lang: Lang = "en",
    conventions: Conventions | None = None,
) -> str:
    """Return the page with the given rings, most suspicious first.

    rings and reviewed count all rings of the scan (or those within limits of q) and those at risk 0.5 and more, applications
    what the scan read; left_out is what the limits leave out. The page is a function of its arguments alone: same scan, same
    bytes.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    templates = files("graphfraud.report") / "templates"
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    conventions = conventions or Conventions()
    now = datetime.fromtimestamp(scan.finished_at / 1000, conventions.zone)
    tone = Tone(lang, conventions, now)
    page = environment.from_string((templates / "report.html.j2").read_text(encoding="utf-8"))
    return page.render(
        lang="zh-Hans" if lang == "zh" else "en",
        # Both are files of this package, written by hand, without a closing tag inside.
        style=Markup((templates / "report.css").read_text(encoding="utf-8")),
        script=Markup((templates / "report.js").read_text(encoding="utf-8")),
        t=words.labels(lang),
        empty=words.empty(left_out, lang),
        overview=words.overview(len(details), rings, reviewed, applications, left_out, lang),
        scan_line=words.scan_line(scan.scan_id + (f" ({scan.window})" if scan.window else ""), now, scan.sequence, lang),
        version=version("graphfraud"),
        rings=[view(detail, tone) for detail in details],
    )

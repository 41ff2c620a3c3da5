import json
import re
import shutil
import subprocess
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from example_rings import SCAN, all_rings, crowd, factory, gang, members, ring_of, sharing, timeless, token

from graphfraud.report import bin_times, render_report, sparkline
from graphfraud.report.figure import MOST_NODES, draw, paths
from graphfraud.report.labels import place_labels
from graphfraud.report.layout import lay_out
from graphfraud.report.words import SIGNS
from graphfraud.results import LeftOut, Limit, Reason, RingDetail
from graphfraud.schema import KINDS
from graphfraud.wording import short_mask

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

# What the browser is asked once the page is there: points at a reason, pins it, and tells what is lit.
PROBE = """
<script>
const ring = document.querySelector(".ring");
const lit = () => ({
  lighting: ring.classList.contains("lighting"),
  reasons: [...ring.querySelectorAll("button.reason")].map((b) => b.getAttribute("aria-pressed")),
  circles: ring.querySelectorAll(".person.lit").length,
  diamonds: ring.querySelectorAll(".identifier.lit").length,
  edges: ring.querySelectorAll(".edges line.lit").length,
  blocks: ring.querySelectorAll(".strip rect.lit").length,
  rows: ring.querySelectorAll(".members tr.lit").length,
});
const tell = {};
const first = ring.querySelector("button.reason");
tell.before = lit();
first.dispatchEvent(new MouseEvent("mouseenter"));
tell.pointed = lit();
first.dispatchEvent(new MouseEvent("mouseleave"));
tell.left = lit();
first.click();
first.dispatchEvent(new MouseEvent("mouseleave"));
tell.pinned = lit();
ring.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
tell.freed = lit();
ring.querySelector(".identifier").dispatchEvent(new MouseEvent("mouseenter"));
tell.identifier = lit();
ring.querySelector(".members th:nth-child(6)").click();
ring.querySelector(".members th:nth-child(6)").click();
tell.richest = ring.querySelector(".members tbody tr .copy").dataset.copy;
document.getElementById("theme").click();
const rings = [...document.querySelectorAll(".ring")];
const box = rings[2].querySelector(".members .scroll");
const more = rings[2].querySelector(".more");
const seen = [...box.querySelectorAll("tbody tr")].filter((row) => {
  return row.getBoundingClientRect().bottom <= box.getBoundingClientRect().bottom + 4;
}).length;
tell.more = [more.hidden, more.textContent, seen, rings[0].querySelector(".more").hidden];
more.click();
tell.after = [more.hidden, box.scrollHeight - box.clientHeight];
const wide = [...document.querySelectorAll(".members .scroll")].map((each) => each.scrollWidth - each.clientWidth);
tell.cut = Math.max(...wide);
ring.querySelector("button.kind").dispatchEvent(new MouseEvent("mouseenter"));
tell.kind = lit();
document.querySelector(".queue th:nth-child(6)").click();
tell.least = document.querySelector(".queue tbody tr .code").textContent;
tell.theme = document.documentElement.dataset.theme;
tell.requests = performance.getEntriesByType("resource").map((entry) => entry.name);
tell.wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
document.title = "told " + JSON.stringify(tell);
</script>
"""


def page(details: list[RingDetail], **options: object) -> str:
    return render_report(details, SCAN, rings=42, reviewed=17, applications=60_000, **options)  # type: ignore[arg-type]


def test_the_page_is_a_function_of_the_scan():
    assert page(all_rings()) == page(all_rings())


def test_the_page_says_what_was_found_and_why():
    html = page([gang(), factory()])

    assert "42 rings among 60,000 applications, 17 of them at risk 0.50 or more. The 2 riskiest are below." in html
    assert "14 applications by 11 persons at 3 dealers in 7 days share 2 devices and one repaying account." in html
    assert "8 persons applied from the same device 9c…e1 within 9 days at 3 dealers." in html
    assert '<span title="¥1,928,500">¥1.9 M exposure.</span>' in html
    assert "Closest benign explanation: small fleet" in html and "No benign explanation comes close" in html


def test_the_overview_names_each_ring_and_its_q_where_it_is_known():
    first = replace(gang(), ring=replace(gang().ring, q=0.024, q_chance=0.01))
    overview = page([first, factory()]).partition("</table>")[0]
    text = " ".join(re.sub(r"<[^>]+>", "", overview).split())

    assert f"{first.ring.ring_id} · q 2.4 %" in text and factory().ring.ring_id in text
    assert text.count("· q ") == 1
    assert 'title="Cut the list here, and 2.4 % of it is expected to be false (by chance alone 1.0 %).">q 2.4 %' in overview


def test_the_overview_explains_its_order_and_q_once():
    first = replace(gang(), ring=replace(gang().ring, risk=0.99966, q=0.024, q_chance=0.01))
    overview = page([first, factory()]).partition("</table>")[0]

    assert '<b title="0.999660">&gt;0.99</b>' in overview and '<b title="0.940000">0.94</b>' in overview
    assert overview.count("Sorted by risk, the riskiest first") == 1
    assert overview.count("q: of the rings from the top of this list down to that one") == 1
    assert "q: of the rings" not in page([factory()])


def test_every_date_has_its_year():
    html = page([gang()])

    assert "3 Mar 2025 14:00" in html
    assert not re.search(r"\d (Mar|Feb)(?! 2025)", re.sub(r"<[^>]+>", " ", html))
    assert "2025年3月3日 14:00" in page([gang()], lang="zh")


def test_the_exposure_says_what_it_is_with_one_loan_for_a_vehicle_of_one_person():
    found = gang().members
    again = [member for member in found if member.person == found[0].person]
    vehicle = sharing("vehicle", 6, "LSV…042", [*again, found[1]], "financed")
    html = page([replace(gang(), shared=(*gang().shared, vehicle))])

    assert len(again) == 2 and "¥1.9 M exposure." in html
    assert "¥1.8 M if one person&#39;s applications for one vehicle count once." in html
    assert "count once" not in page([gang()])


def test_the_chinese_page_has_no_english_words_but_codes():
    html = page([gang(), factory()], lang="zh")
    text = re.sub(r"<style>.*?</style>|<script>.*?</script>|<title>[^<]*</title>|<[^>]+>", " ", html, flags=re.S)
    words = set(re.findall(r"[A-Za-z]{3,}", text)) - {"graphfraud"}

    assert 'lang="zh-Hans"' in html and "欺诈团伙报告" in html
    assert words == set()


def test_what_comes_from_the_data_is_escaped():
    bad = "<script>alert(1)</script>"
    member = replace(gang().members[0], application_id=bad, dealer_id='"><img src=x>', name_mask="<b>")
    html = page([replace(gang(), members=(member, *gang().members[1:]))])

    assert bad not in html and "<img" not in html and "<b>*" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_nothing_in_the_page_leads_elsewhere():
    found: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "data", "poster"))
            assert tag not in ("link", "iframe", "object", "embed", "base", "form", "img")

    html = page(all_rings())
    Links().feed(html)

    assert all(link.startswith("#") for link in found)
    assert not re.search(r"url\(|@import|https?://|fetch\(|XMLHttpRequest|import\(", html)
    assert "default-src 'none'" in html


def test_every_reason_lights_what_it_cites():
    found = paths(gang())

    assert [sorted(path.members) for path in found[:3]] == [list(range(8)), [2, 3, 4, 9, 10, 11], [7, 8, 9, 10, 11]]
    assert found[3].whole and found[4].whole


def test_persons_are_folded_with_their_applications_and_what_one_holds_is_not_drawn():
    figure = draw(gang())

    assert len(figure.circles) == 11
    assert sorted(len(circle.members) for circle in figure.circles)[-3:] == [2, 2, 2]
    assert {gang().shared[diamond.shared].kind for diamond in figure.diamonds} == {"device", "account", "address"}


def test_every_kind_has_a_sign_of_its_own_and_the_picture_says_which():
    html = page([gang()])

    assert set(SIGNS) == {kind.name for kind in KINDS}
    for lang in (0, 1):
        assert len({both[lang] for both in SIGNS.values()}) == len(SIGNS)
    assert re.findall(r"<text>(.)</text></svg>([^<]+?) <", html) == [
        ("D", "device"),
        ("A", "repaying account"),
        ("H", "home address"),
    ]


def test_what_a_reason_cites_is_named_in_a_big_ring_too():
    detail = crowd(60)
    named = re.findall(
        r'<g class="mark identifier cited".*?</text><text [^>]* class="\w+">([^<]+)</text></g>', page([detail]), re.S
    )

    assert {text.removeprefix("repaying account ") for text in named} == {
        short_mask(shared.mask) for shared in detail.shared if shared.token in detail.ring.reasons[0].tokens
    }


def test_names_that_look_the_same_are_numbered():
    found = members(8, 8, 2)
    blocks = [
        sharing("phone_block", 1, "177********", found[:5], "own"),
        sharing("phone_block", 2, "177********", found[4:], "own"),
    ]
    html = page(
        [
            ring_of(
                "0000000000000001", 0.9, found, blocks, [Reason("numbers_in_row", 0.9, "phones_in_row", (token(1), token(2)))]
            )
        ]
    )

    assert "177… #1" in html and "177… #2" in html and "… #3" not in html
    assert " #1" not in page([gang()]).partition("<main>")[2]


def test_whom_no_drawn_identifier_ties_hangs_on_the_dealer_and_a_note_says_why():
    found = members(9, 9, 2)
    found = (
        *found[:7],
        replace(found[7], dealer_id=found[0].dealer_id),
        replace(found[8], dealer_id=None, salesperson_id=None),
    )
    detail = ring_of(
        "0000000000000002",
        0.9,
        found,
        [sharing("device", 1, "9c…e1", found[:7])],
        [Reason("shared", 0.9, "device", (token(1),))],
    )
    figure, html = draw(detail), page([detail])

    assert [found[figure.circles[at].members[0]] for at in figure.loose] == list(found[7:])
    assert [square.dealer for square in figure.squares] == ["D00021"] and len(figure.spokes) == 1
    assert html.count('<line class="spoke"') == 1 and '<g class="mark seller" data-m="7" data-d="0">' in html
    assert (
        "2 applications hold no identifier drawn here and belong to the ring by circumstance: 1 came to a dealer of the others "
        "within a day of one of them and 1 was handled by a salesperson of theirs." in html
    )
    assert "by circumstance" not in page([gang()])


def test_a_crowd_is_folded_into_a_picture_that_can_be_read():
    figure = draw(crowd(1_000))

    assert figure.folded
    assert sum(circle.persons for circle in figure.circles) == 1_000
    assert len(figure.circles) + len(figure.diamonds) <= MOST_NODES


def test_no_two_nodes_lie_on_each_other():
    for detail in (gang(), factory(), timeless()):
        figure = draw(detail)
        nodes = [(node.x, node.y, node.radius) for node in (*figure.circles, *figure.diamonds)]
        for number, (x, y, radius) in enumerate(nodes):
            assert radius <= x <= figure.width and radius <= y <= figure.height
            for other_x, other_y, other in nodes[:number]:
                assert ((x - other_x) ** 2 + (y - other_y) ** 2) ** 0.5 >= radius + other


def test_the_layout_ignores_the_order_of_edges():
    edges = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 4)]
    first, second = lay_out([8.0] * 6, edges), lay_out([8.0] * 6, [(b, a) for a, b in edges[::-1]])

    assert first[0].tolist() == second[0].tolist() and first[1:] == second[1:]


def test_labels_keep_clear_of_nodes_where_there_is_room():
    below = (50.0, 70.0, 20.0)

    (label,) = place_labels(["device 9c…e1"], [(50.0, 50.0, 8.0)], [below])

    assert label.y < 50.0


def test_labels_stay_in_the_picture_where_they_can():
    (label,) = place_labels(
        ["repaying account 6253…47"], [(300.0, 50.0, 8.0)], [(300.0, 30.0, 9.0), (300.0, 70.0, 9.0)], (), 320.0
    )

    assert label.anchor == "end" and label.covers == 0


def test_a_label_that_stands_far_from_its_spot_is_led_to_it():
    spot = (100.0, 100.0, 8.0)
    around = [(100.0 + 14 * x, 100.0 + 14 * y, 6.0) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]

    (near,), (far,) = place_labels(["A"], [spot], []), place_labels(["A"], [spot], around)

    assert near.leader is None
    assert far.covers == 0 and far.leader is not None
    assert (far.leader[0] - 100) ** 2 + (far.leader[1] - 100) ** 2 > 14**2


@pytest.mark.parametrize(("hours", "unit"), [(30, "hour"), (24 * 9, "day"), (24 * 200, "week"), (24 * 900, "month")])
def test_times_are_counted_in_units_people_use(hours, unit):
    start = 1_740_981_600_000
    timeline = bin_times([start, None, start + hours * 3_600_000, start + 1], ZoneInfo("Asia/Shanghai"))

    assert timeline is not None and timeline.unit == unit
    assert sum(timeline.counts) == 3 and timeline.counts[0] >= 2 and timeline.bin_of[1] is None
    assert len(timeline.counts) <= 75


def test_a_sparkline_has_a_dot_where_nothing_happened():
    assert sparkline([0, 1, 2, 8]) == "·▁▂█"
    assert sparkline([]) == ""


def test_a_scan_without_rings_says_so():
    assert "The scan found no ring." in page([])


def test_a_page_whose_rings_are_all_above_the_cut_says_so_and_not_that_there_is_none():
    cut = LeftOut(42, (Limit("q", 0.05, 0.0813),))
    said = (
        "There is no ring among 60,000 applications whose q is at most 0.05. 42 rings with a larger q than 0.05 are left out;"
    )

    def empty(**options: object) -> str:
        return render_report([], SCAN, rings=0, reviewed=0, applications=60_000, left_out=cut, **options)  # type: ignore[arg-type]

    html = empty()

    assert f"{said} the lowest q of all is 0.0813." in html and "There is no ring whose q is at most 0.05." in html
    assert "found no ring" not in html and "0 rings" not in html
    assert "42 个团伙的 q 高于 0.05" in empty(lang="zh") and "未发现团伙。" not in empty(lang="zh")
    assert "applications whose q is at most 0.05, " in page([gang()], left_out=cut)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    if CHROMIUM is None:
        warnings.warn("NOT RUN: the report in a real browser, because Chromium is not installed", stacklevel=1)
        pytest.skip("Chromium is not installed")
    folder = tmp_path_factory.mktemp("report")
    file = folder / "rings.html"
    file.write_text(page(all_rings()).replace("</body>", PROBE + "</body>"), encoding="utf-8")
    shown = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            f"--user-data-dir={folder / 'profile'}",
            "--window-size=1280,1600",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    found = re.search(r"<title>told (.*?)</title>", shown.stdout, re.S)
    assert found, f"the page's script did not run: {shown.stdout[:200]} {shown.stderr[-500:]}"
    return json.loads(found[1].replace("&amp;", "&"))  # type: ignore[no-any-return]


def test_in_a_browser_pointing_at_a_reason_lights_its_path_everywhere(told):
    nothing = {"lighting": False, "circles": 0, "diamonds": 0, "edges": 0, "blocks": 0, "rows": 0}

    assert nothing.items() <= told["before"].items() and nothing.items() <= told["left"].items()
    assert {"lighting": True, "circles": 8, "diamonds": 1, "edges": 8, "blocks": 8, "rows": 8}.items() <= told[
        "pointed"
    ].items()


def test_in_a_browser_clicking_pins_and_escape_frees(told):
    assert told["pinned"]["rows"] == 8 and told["pinned"]["reasons"][0] == "true"
    assert not told["freed"]["lighting"] and "true" not in told["freed"]["reasons"]


def test_in_a_browser_an_identifier_lights_its_holders_and_tables_sort(told):
    assert told["identifier"]["diamonds"] >= 1 and told["identifier"]["rows"] == 8
    assert told["richest"] == gang().members[-1].application_id


def test_in_a_browser_a_cut_table_says_how_many_rows_are_below_and_shows_them(told):
    hidden, text, seen, short_hidden = told["more"]

    assert (hidden, short_hidden) == (False, True) and 10 < seen < 40
    assert text == f"↓ {240 - seen} more: show all"
    assert told["after"] == [True, 0]
    assert told["cut"] <= 0


def test_in_a_browser_a_kind_lights_its_identifiers_and_the_overview_sorts(told):
    assert told["kind"]["diamonds"] >= 2 and told["kind"]["rows"] == 12
    assert told["least"] == timeless().ring.ring_id


def test_in_a_browser_nothing_is_asked_of_the_network_and_nothing_stands_out(told):
    assert told["requests"] == []
    assert told["wide"] <= 0
    assert told["theme"] in ("dark", "light")

"""The words of the report around the rings, and times as people write them, in English and Chinese."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from graphfraud import wording
from graphfraud.report.timeline import Timeline, Unit
from graphfraud.results import LeftOut
from graphfraud.wording import Lang

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

LABELS: dict[str, tuple[str, str]] = {
    "title": ("Fraud rings", "欺诈团伙报告"),
    "risk": ("risk", "风险"),
    "what": ("what", "概要"),
    "applications": ("apps", "申请"),
    "persons": ("pers", "人数"),
    "dealers": ("dlrs", "经销商"),
    "exposure": ("exposure", "敞口"),
    "last_seen": ("last seen", "最近申请"),
    "risk_help": (
        "Risk in [0, 1]; higher is worse. 0.50 is where a ring should be reviewed.",
        "风险取值 0–1，越高越可疑；0.50 起应复核。",
    ),
    "applications_help": ("Applications in the ring", "团伙内的申请笔数"),
    "persons_help": ("Different applicants", "不同申请人的人数"),
    "dealers_help": ("Dealers that sold to the ring", "涉及的经销商家数"),
    "exposure_help": ("Sum of the loan amounts", "贷款金额合计"),
    "last_seen_help": ("Time of the last submission in the ring", "团伙内最近一次提交的时间"),
    "sorted": (
        "Sorted by risk, the riskiest first; above 0.99 by digits that are not shown (point at a risk to see them). Click a "
        "head to sort by it.",
        "按风险从高到低排列；高于 0.99 的按未显示的小数位排列（指向风险值可查看）。点击表头可按该列排序。",
    ),
    "q": (
        "q: of the rings from the top of this list down to that one, the share expected to be false alarms.",
        "q：从最高风险起逐个核查到此团伙为止，其中预计属于误报的占比。",
    ),
    "more": ("↓ {n} more: show all", "↓ 另有 {n} 笔，全部显示"),
    "reasons": ("Reasons", "理由"),
    "reasons_help": (
        "Point at a reason to light its path; click to keep it lit. The figures sum to the risk.",
        "指向某条理由可点亮其关联路径，点击可固定。各项数值之和等于风险值。",
    ),
    "graph": ("Who shares what", "关联图"),
    "members": ("Members", "成员"),
    "shared": ("Shared identifiers", "共用标识"),
    "application": ("application", "申请编号"),
    "submitted": ("submitted", "提交时间"),
    "dealer": ("dealer", "经销商"),
    "salesperson": ("salesperson", "销售员"),
    "applicant": ("applicant", "申请人"),
    "amount": ("loan", "贷款"),
    "tie": ("tie", "关联度"),
    "tie_help": ("Strength of the member's tie to the ring, 0 to 1", "成员与团伙的关联强度，0–1"),
    "ties": ("shares", "共用"),
    "kind": ("kind", "类别"),
    "identifier": ("identifier", "标识"),
    "held_by": ("held by", "持有者"),
    "in_graph": (
        "● person, ◆ identifier (larger: more share it; hollow: no reason cites it)",
        "● 人，◆ 标识（越大共用者越多；空心：未被理由引用）",
    ),
    "dashed": ("dashed = look-alike", "虚线 = 疑似正常群体"),
    "folded": ("Applications with the same ties are folded into one circle.", "关联相同的申请已合并为一个圆点。"),
    "others": ("others", "其他"),
    "no_dealer": ("no dealer", "无经销商"),
    "no_times": ("The source has no submission times.", "数据源没有提交时间。"),
    "theme": ("light / dark", "明 / 暗"),
    "copied": ("copied", "已复制"),
    "top": ("↑ all rings", "↑ 全部团伙"),
    "masked": (
        "Identifiers are masked; whole values are not in this file. The page loads nothing from elsewhere.",
        "标识均已脱敏，本文件不含完整值；页面不从外部加载任何内容。",
    ),
    "not_verdict": ("A ring is a suspicion with reasons, not a verdict.", "团伙是有理由的怀疑，不是结论。"),
}

# What stands in the diamonds of a kind: a letter a kind, a character in Chinese.
SIGNS: dict[str, tuple[str, str]] = {
    "person": ("S", "人"),
    "phone": ("P", "电"),
    "device": ("D", "设"),
    "account": ("A", "账"),
    "address": ("H", "址"),
    "vehicle": ("V", "车"),
    "work_phone": ("W", "座"),
    "ip": ("I", "网"),
    "employer": ("E", "司"),
    "email": ("@", "邮"),
    "compound": ("C", "区"),
    "phone_block": ("N", "号"),
    "account_block": ("B", "段"),
    "ip_range": ("R", "域"),
}

_UNIT_OF: dict[Unit, tuple[str, str]] = {
    "hour": ("hour", "小时"),
    "day": ("day", "天"),
    "week": ("week", "周"),
    "month": ("month", "月"),
}


def labels(lang: Lang) -> dict[str, str]:
    """Return all labels of the page in one language."""
    return {name: both[lang == "zh"] for name, both in LABELS.items()}


def sign(kind: str, lang: Lang) -> str:
    """Return the letter that stands for a kind of identifier in the picture."""
    return SIGNS[kind][lang == "zh"]


def risk(value: float) -> str:
    """Write a risk with two digits; one that would look like certainty is written as more than 0.99."""
    return ">0.99" if value > 0.99 else f"{value:.2f}"


def day(moment: datetime, lang: Lang, now: datetime | None = None) -> str:
    """Write a date; where now is given, the year only if it is not the one of now."""
    year = now is None or moment.year != now.year
    if lang == "zh":
        return (f"{moment.year}年" if year else "") + f"{moment.month}月{moment.day}日"
    return f"{moment.day} {_MONTHS[moment.month - 1]}" + (f" {moment.year}" if year else "")


def moment(milliseconds: int | None, zone: ZoneInfo, lang: Lang) -> str:
    """Write a time to the minute, "–" for none."""
    if milliseconds is None:
        return "–"
    time = datetime.fromtimestamp(milliseconds / 1000, zone)
    return f"{day(time, lang)} {time:%H:%M}"


def ago(milliseconds: int | None, zone: ZoneInfo, lang: Lang, now: datetime) -> str:
    """Say how many days before now a time lies, on the zone's calendar; "" beyond a year, after now, or for none."""
    if milliseconds is None:
        return ""
    days = (now.date() - datetime.fromtimestamp(milliseconds / 1000, zone).date()).days
    if not 0 <= days <= 366:
        return ""
    if days == 0:
        return "今天" if lang == "zh" else "today"
    return f"{days} 天前" if lang == "zh" else "1 day ago" if days == 1 else f"{days} days ago"


def timeline_title(timeline: Timeline, lang: Lang, now: datetime | None = None) -> str:
    """Say what the timeline shows: when most applications came, or that they came one by one."""
    unit, total, top = timeline.unit, sum(timeline.counts), max(timeline.counts)
    busiest = timeline.starts[timeline.busiest]
    when = day(busiest, lang, now) + (f" {busiest:%H}:00" if unit == "hour" else "")
    if lang == "zh":
        if top == 1:
            return f"{total} 笔申请，每{_UNIT_OF[unit][1]}至多一笔"
        return f"{total} 笔申请中有 {top} 笔在{when}{'起的一' + _UNIT_OF[unit][1] if unit in ('week', 'month') else ''}提交"
    if top == 1:
        return f"{total} applications, at most one {'an' if unit == 'hour' else 'a'} {_UNIT_OF[unit][0]}"
    where = {"hour": f"at {when}", "day": f"on {when}", "week": f"in the week of {when}", "month": f"in the month from {when}"}
    return f"{top} of {total} applications came {where[unit]}"


def unit_label(unit: Unit, lang: Lang) -> str:
    """Name the axis of counts."""
    if lang == "zh":
        return f"笔 / {_UNIT_OF[unit][1]}"
    return f"applications {'an' if unit == 'hour' else 'a'} {_UNIT_OF[unit][0]}"


def overview(shown: int, rings: int, reviewed: int, applications: int | None, left_out: LeftOut | None, lang: Lang) -> str:
    """Say what was found and how much of it is on the page; reviewed counts rings at risk of 0.5 and more.

    rings and reviewed are those within the limits of q and q_chance; left_out is the rest.
    """
    rest = wording.left_out(left_out, lang) if left_out else ""
    if lang == "zh":
        of = f"在 {applications:,} 笔申请中" if applications else ""
        within = f" {wording.within(left_out, 'zh')} 的" if left_out else ""
        if left_out and not rings:
            return f"{of}未发现{within}团伙。{rest}"
        return f"{of}发现 {rings:,} 个{within}团伙，其中 {reviewed:,} 个风险不低于 0.50；以下列出风险最高的 {shown} 个。{rest}"
    of = f" among {applications:,} applications" if applications else ""
    within = f" whose {wording.within(left_out)}" if left_out else ""
    if left_out and not rings:
        return f"There is no ring{of}{within}. {rest}"
    head = f"{rings:,} ring{'' if rings == 1 else 's'}{of}{within}, {reviewed:,} of them at risk 0.50 or more."
    head += " All are below." if shown == rings else f" The {shown} riskiest are below."
    return f"{head} {rest}".rstrip()


def empty(left_out: LeftOut | None, lang: Lang) -> str:
    """Say why a page shows no ring: the scan found none, or limits leave all out."""
    if left_out:
        return (
            f"没有 {wording.within(left_out, 'zh')} 的团伙。"
            if lang == "zh"
            else f"There is no ring whose {wording.within(left_out)}."
        )
    return "本次扫描未发现团伙。" if lang == "zh" else "The scan found no ring."


def scan_line(scan_id: str, finished: datetime, sequence: int, lang: Lang) -> str:
    """Name the scan that the page shows; finished is a time of the page's zone."""
    when = f"{day(finished, lang)} {finished:%H:%M}"
    if lang == "zh":
        return f"扫描 {scan_id} · 完成于 {when} · 数据序号 {sequence}"
    return f"scan {scan_id} · finished {when} · state {sequence}"


def exposure_line(amount: str, lang: Lang) -> str:
    """Say the exposure as a short sentence."""
    return f"敞口 {amount}。" if lang == "zh" else f"{amount} exposure."


def exposure_once(amount: str, lang: Lang) -> str:
    """Say what the exposure is where several applications of one person for one vehicle count as one."""
    if lang == "zh":
        return f"同一人就同一车辆的多笔申请只计一笔，则为 {amount}。"
    return f"{amount} if one person's applications for one vehicle count once."


def loose(members: int, sold: int, days: int, handled: int, lang: Lang) -> str:
    """Say why members are in the ring whom nothing drawn ties.

    sold of them came to a dealer of the other members, within so many days of one of those (0: not known), and handled
    came through a salesperson of theirs.
    """
    if lang == "zh":
        parts = [f"{sold} 笔与其他成员同在一家经销商" + (f"，与其中一笔相隔不超过 {days} 天" if days else "")] if sold else []
        parts += [f"{handled} 笔由同一销售员经办"] if handled else []
        return f"{members} 笔申请不持有图中任何标识，因情境归入{'：' + '；'.join(parts) if parts else ''}。"
    head = "One application holds" if members == 1 else f"{members} applications hold"
    belong = "belongs" if members == 1 else "belong"
    near = "" if not days else " within a day of one of them" if days == 1 else f" within {days} days of one of them"

    def some(count: int) -> str:
        return "it" if members == 1 else "all" if count == members else str(count)

    parts = [f"{some(sold)} came to a dealer of the others{near}"] if sold else []
    was = "was" if handled == 1 else "were"
    parts += [f"{some(handled)} {was} handled by a salesperson of theirs"] if handled else []
    why = f": {' and '.join(parts)}" if parts else ""
    return f"{head} no identifier drawn here and {belong} to the ring by circumstance{why}."


def look_alike_line(name: str, lang: Lang) -> str:
    """Say which benign explanation comes closest, or that none does."""
    if lang == "zh":
        return f"最接近的正常解释：{name}" if name else "没有接近的正常解释"
    return f"Closest benign explanation: {name}" if name else "No benign explanation comes close"

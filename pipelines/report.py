"""Say in words what a round found and where it lies, from the published file."""

import datetime as dt
from typing import Any

import duckdb

from pipelines.home import Home
from pipelines.intake.deliveries import STATES
from pipelines.intake.mappings import load_mappings
from pipelines.standardise.totals import SIZES
from pipelines.warehouse.database import current_database, open_published

_DIRECTIONS = {
    "under_coverage": "应享未享",
    "over_coverage": "疑似重复或超范围享受",
    "data_quality": "数据质量",
    "process": "程序和措施",
}
_SURE = {
    "confirmed_precision": "身份已确认的准确率",
    "linked_recall": "应找到的已确认或待核的占比",
}
_LINKS = {"confirmed": "身份已确认", "suspected": "待核身份", "unmatched": "未对上"}


class RoundNotPublishedError(LookupError):
    """The round is not in the published file."""


def round_report(home: Home, county: str, round_: dt.date) -> str:
    """Give what the round found, in a few Chinese lines.

    Raises:
        RoundNotPublishedError: The county has no such round.
    """
    with open_published(home) as db:
        ask = _Ask(db, county, round_)
        if not ask.rows("SELECT 1 FROM runs WHERE {here}"):
            raise RoundNotPublishedError(f"{county} 没有发布过 {round_} 期")
        lines = [
            _files(ask),
            *_deliveries(ask),
            *_at_the_source(ask),
            *_links(ask),
            *_found(ask),
            _not_compared(ask),
            _villages(ask),
            *_unused(ask),
            *open_questions(home),
        ]
    return "\n".join(line for line in lines if line)


def where(home: Home, county: str, round_: dt.date) -> str:
    """Say where the round's products lie and how to look at them."""
    home_option = f" --home {home.path}"
    return "\n".join(
        [
            f"清单和通报：{home.lists / county / round_.isoformat()}",
            f"数据库：    {current_database(home)}",
            f"            bidui sql{home_option}  列出全部表和说明",
            f"网页：      bidui ui{home_option}  打开 http://127.0.0.1:3000",
        ]
    )


class _Ask:
    """Queries on one county's round; ``{here}`` stands for the condition on both."""

    def __init__(self, db: duckdb.DuckDBPyConnection, county: str, round_: dt.date) -> None:
        self._db = db
        self._values = {"county": county, "round": round_}

    def rows(self, query: str, **more: Any) -> list[tuple[Any, ...]]:
        text = query.replace("{here}", "(county = $county AND round = $round)")
        return self._db.execute(text, self._values | more).fetchall()


def _files(ask: _Ask) -> str:
    ((files, sheets, accepted, aside, other),) = ask.rows(
        "SELECT count(DISTINCT file_id), count(*), sum(rows_accepted), sum(rows_set_aside),"
        " sum(rows_not_data) FROM source_files WHERE {here} AND used"
    )
    return (
        f"读入：{files} 个文件 {sheets} 张表，接收 {accepted or 0:,} 行，搁置 {aside or 0:,} 行，"
        f"标题、合计、备注等非数据 {other or 0:,} 行；行数闭合。"
    )


def _deliveries(ask: _Ask) -> list[str]:
    """Say who is late: each list that is not on time, with its due day."""
    late = ask.rows(
        "SELECT d.state, coalesce(any_value(c.meaning), d.dataset), d.due,"
        " string_agg(d.scope, '、' ORDER BY d.scope) FILTER (d.scope <> '全县')"
        " FROM deliveries AS d LEFT JOIN codes AS c ON c.code_of = 'dataset' AND c.code = d.dataset"
        " WHERE (d.county = $county AND d.round = $round) AND d.state <> 'on_time'"
        " GROUP BY d.state, d.dataset, d.due ORDER BY 1, 2"
    )
    ((every,),) = ask.rows("SELECT count(*) FROM deliveries WHERE {here}")
    if not late:
        return [f"报送：应到 {every} 份，都已按期。"] if every else []
    lines = [f"报送：应到 {every} 份，以下没有按期："]
    for state, word in STATES.items():
        own = [
            f"{title}{f'（{scopes}）' if scopes else ''}应到 {due}"
            for found, title, due, scopes in late
            if found == state
        ]
        if own:
            lines.append(f"  {word}：{'；'.join(own)}")
    return lines


def _at_the_source(ask: _Ask) -> list[str]:
    """Say what corrections did, and how much departments have to mend."""
    ((used, rows, failed),) = ask.rows(
        "SELECT count(DISTINCT correction_id) FILTER (state = 'applied'),"
        " count(DISTINCT record_id) FILTER (state = 'applied'),"
        " count(DISTINCT correction_id) FILTER (state NOT IN ('applied', 'not_delivered'))"
        " FROM corrections WHERE {here}"
    )
    ((to_mend, new, closed),) = ask.rows(
        "SELECT count(*) FILTER (state <> 'closed'),"
        " count(*) FILTER (state IN ('new', 'reopened')),"
        " count(*) FILTER (state = 'closed') FROM slips WHERE {here}"
    )
    lines = []
    if used or failed:
        wrong = f"；{failed} 条用不上，须修改或删除，见 corrections 表" if failed else ""
        lines.append(f"更正：用上 {used} 条，改动 {rows} 行{wrong}。")
    if to_mend or closed:
        lines.append(
            f"校核纠错单：各部门名单待改正 {to_mend:,} 处（新发现 {new:,}），"
            f"本期已改正 {closed:,} 处。"
        )
    short = [
        name
        for (name,) in ask.rows(
            "SELECT DISTINCT split_part(path, '/', -1) FROM source_errors"
            " WHERE {here} AND list_contains($codes, reason_code) ORDER BY 1",
            codes=list(SIZES),
        )
    ]
    if short:
        lines.append(
            f"可能不完整的文件 {len(short)} 个（合计或文件名写的数目与各行不符，"
            f"详见校核纠错单）：{'、'.join(short)}。"
        )
    return lines


def _links(ask: _Ask) -> list[str]:
    counts = dict(
        ask.rows(
            "SELECT status, count(*) FROM links WHERE {here} AND dataset <> 'roster.population'"
            " GROUP BY status"
        )
    )
    total = sum(counts.values())
    if not total:
        return []
    parts = [
        f"{title} {counts.get(status, 0):,}（{counts.get(status, 0) / total:.1%}）"
        for status, title in _LINKS.items()
    ]
    return [f"关联：各部门 {total:,} 行，{'，'.join(parts)}。", *_how_sure(ask)]


def _how_sure(ask: _Ask) -> list[str]:
    """What people's answers say of all links, once some have answered."""
    told = ask.rows(
        "SELECT figure, value, low, high, reviewed FROM link_estimates"
        " WHERE {here} AND basis = 'review' AND reviewed > 0"
    )
    if not told:
        return []
    found = {figure: (value, low, high) for figure, value, low, high, _ in told}
    parts = []
    for figure, title in _SURE.items():
        value, low, high = found[figure]
        parts.append(f"{title}估计 {value:.1%}（{low:.1%} 至 {high:.1%}）")
    return [f"  按已核对的 {told[0][-1]:,} 对：{'，'.join(parts)}；括号内是区间，核对越多越窄。"]


def _found(ask: _Ask) -> list[str]:
    found = ask.rows(
        "SELECT direction, rule_id, any_value(kind), count(*), count(DISTINCT household_id),"
        " count(*) FILTER (state = 'new'), count(*) FILTER (state = 'reopened')"
        " FROM discrepancies WHERE {here} GROUP BY direction, rule_id ORDER BY direction, rule_id"
    )
    total = sum(row[3] for row in found)
    lines = [f"疑点：{total:,} 条（疑点不等于问题，须核实）。"]
    for direction, title in _DIRECTIONS.items():
        own = [row for row in found if row[0] == direction]
        if own:
            lines.append(f"  {title} {sum(row[3] for row in own):,} 条：")
            lines += [
                f"    {rule} {kind}：{count:,} 条，{households:,} 户"
                f"（新增 {new:,}{f'，反弹 {again:,}' if again else ''}）"
                for _, rule, kind, count, households, new, again in own
            ]
    return lines


def _not_compared(ask: _Ask) -> str:
    reasons = ask.rows(
        "SELECT rule_id, sum(not_compared) FROM comparisons WHERE {here} AND not_compared > 0"
        " GROUP BY rule_id ORDER BY 2 DESC, 1"
    )
    if not reasons:
        return ""
    named = "，".join(f"{rule} {count:,}" for rule, count in reasons[:6])
    return f"未比对：{sum(r[1] for r in reasons):,} 个对象（{named}…），原因见清单“未比对”页。"


def _villages(ask: _Ask) -> str:
    ((villages, blank, zero, unknown),) = ask.rows(
        "SELECT count(*), count(*) FILTER (blank), count(*) FILTER (zero_change),"
        " count(*) FILTER (NOT compared) FROM village_status WHERE {here}"
    )
    unexpected = ask.rows(
        "SELECT township || village, expected_monitored FROM village_status"
        " WHERE {here} AND blank AND surprise < (SELECT TRY_CAST(value AS DOUBLE) FROM parameters"
        " WHERE {here} AND key = 'village_surprise_below') ORDER BY surprise, village_code LIMIT 5"
    )
    named = "、".join(
        f"{name}（按已知情况应有约 {expected:.1f} 户）" for name, expected in unexpected
    )
    return f"村：{villages} 个村中空白村 {blank} 个，零变化村 {zero} 个，未比对 {unknown} 个。" + (
        f"最该问一问的空白村：{named}。" if named else ""
    )


_WHY_UNUSED = {
    "waiting": "晚于本期，留给以后的期",
    "superseded": "已有更新的名单，只用于以前的期",
    "duplicate": "与另一文件相同",
    "hidden": "隐藏的工作表",
    "empty": "空表",
}
"""Status of a sheet that was not used to why; in the order of the report."""

_UNUSED = """
WITH files AS (
    SELECT status, dataset, path, count(*) AS sheets,
           regexp_replace(any_value(regexp_extract(message, '(?:将用于|只用于) ([^。]*)', 1)),
                          ' (之间|及以后)的期$', if(status = 'waiting', ' 起', '')) AS span
    FROM source_files
    WHERE {here} AND NOT used AND status NOT IN ('refused', 'unrecognised')
    GROUP BY status, dataset, path
), spans AS (
    SELECT status, dataset, span, count(*) AS files,
           string_agg(split_part(path, '/', -1) || if(sheets > 1, '［' || sheets || '张表］', ''),
                      '、' ORDER BY path) AS names
    FROM files GROUP BY status, dataset, span
)
SELECT status, coalesce(any_value(c.meaning), '未识别') AS list, sum(files),
       string_agg(names || if(span <> '', '（' || span || '）', ''), '、' ORDER BY span, names)
FROM spans LEFT JOIN codes AS c ON c.code_of = 'dataset' AND c.code = dataset
GROUP BY status, dataset ORDER BY list
"""


def _unused(ask: _Ask) -> list[str]:
    """Name each file that was not used: why, and the rounds that use it; one line a list.

    Each sheet's own sentence is in `source_files`.
    """
    unused = ask.rows(_UNUSED)
    if not unused:
        return []
    files = sum(row[2] for row in unused)
    lines = [f"本期未用的文件 {files} 个（括号内是用它的期；逐表的说明在 source_files 表）："]
    for status in dict.fromkeys([*_WHY_UNUSED, *sorted(row[0] for row in unused)]):
        own = [row for row in unused if row[0] == status]
        if own:
            lines.append(f"  {_WHY_UNUSED.get(status, status)}（{sum(r[2] for r in own)} 个）：")
            lines += [f"    {title}：{names}" for _, title, _, names in own]
    return lines


def open_questions(home: Home) -> list[str]:
    """Name what awaits an officer's answer: headers that could not be read with certainty."""
    mappings = load_mappings(home.mappings, home.declared.contracts)
    lines = [f"  {s.path.name}" + (f"：{s.problem}" if s.problem else "") for s in mappings.open]
    lines += [f"  {sentence}" for sentence in mappings.unreadable]
    if lines:
        head = (
            f"表头待确认 {len(lines)} 份（在 {home.mappings}，核对后把“确认”改为 是，再运行一次）："
        )
        return [head, *lines]
    return []

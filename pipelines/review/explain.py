"""Why one row was linked as it was: `bidui explain`, in words and as a page with its waterfall.

Only what the published file holds is used: the level and weight of each field stand with the link.
"""

from dataclasses import dataclass
from html import escape

import duckdb
import polars as pl

from pipelines.home import Home
from pipelines.linkage.link import OWN
from pipelines.review import svg, waterfall
from pipelines.review.declared import review_settings
from pipelines.review.pairs import NOBODY, pairs
from pipelines.review.published import PublishedLinks, published_links
from pipelines.review.told import by_weights, percent, told
from pipelines.review.workbook import STATUS_WORDS
from pipelines.warehouse.database import open_published
from pipelines.warehouse.household import HouseholdKey
from pipelines.warehouse.lookup import log_lookup

_SAFE_NOTE = "仅供核实使用，不得外传；本次查询已记录"
_BAR = 3.0
"""Bits that one block of a bar in the terminal stands for."""


class RecordNotFoundError(LookupError):
    """No row, or more than one, is meant; the message says what to do (Chinese)."""


@dataclass(frozen=True)
class Explained:
    """A row and its link, told."""

    title: str
    verdict: str
    """Status, key, probability in one sentence."""
    sides: list[tuple[str, str, str]]
    """Label, what the list says, what the roster says."""
    families: tuple[str, str]
    bars: list[waterfall.Step]
    total: str
    rivals: str

    @property
    def text(self) -> str:
        """For a terminal."""
        lines = [self.title, self.verdict]
        if self.sides:
            lines += ["", "名单所写 ｜ 名册中的人"]
            lines += [f"  {label}：{a} ｜ {b}" for label, a, b in self.sides]
        if self.bars:
            lines += ["", "逐项比对（每加 1，是同一人的可能性约翻一倍）"]
            lines += [f"  {b.bits:+6.1f} {_blocks(b.bits)} {b.says}" for b in self.bars]
            lines += [f"  {sum(b.bits for b in self.bars):+6.1f} {self.total}"]
        for title, family in zip(("名单中同户", "名册中该户"), self.families, strict=True):
            if family:
                lines += ["", title, *(f"  {member}" for member in family.split("\n"))]
        if self.rivals:
            lines += ["", "其次可能是", *(f"  {rival}" for rival in self.rivals.split("\n"))]
        return "\n".join([*lines, "", _SAFE_NOTE])

    @property
    def html(self) -> str:
        """One page that needs no network."""
        parts = [f"<p>{escape(self.verdict)}</p>", svg.note(_SAFE_NOTE)]
        if self.bars:
            parts += [
                "<h2>逐项比对</h2>",
                svg.key([(svg.FOR, "支持是同一人"), (svg.AGAINST, "反对"), (svg.TOTAL, "合计")]),
                waterfall.picture(self.bars, self.total),
                svg.note("长度是以 2 为底的对数似然比：每加 1，是同一人的可能性约翻一倍。"),
            ]
        if self.sides:
            rows = [*self.sides, ("同户的人", *self.families)]
            parts += ["<h2>两边所写</h2>", svg.table(("", "名单", "名册"), rows)]
        if self.rivals:
            rivals = [[rival] for rival in self.rivals.split("\n")]
            parts += ["<h2>其次可能是</h2>", svg.table(("候选人和理由",), rivals)]
        return svg.page(self.title, parts)


def explain(home: Home, record: str, who: str) -> Explained:
    """Tell why a row was linked as it was; the look-up is logged.

    Args:
        home: Whose published file.
        record: A record id, or ``file:sheet:row`` (of a csv file ``file:row``) as one sees them.
        who: Who asks, for the log.

    Raises:
        RecordNotFoundError: It names no row of the latest rounds, or several.
        NotPublishedError: Nothing has been published under this home.
    """
    with open_published(home) as connection:
        county, record_id = _find(connection, record)
    with published_links(home, county) as round_:
        found = _explained(round_, record_id)
        link = round_.links.filter(pl.col("record_id") == record_id).row(0, named=True)
    household = link["household_id"]
    log_lookup(home, record_id, who, [HouseholdKey(county, household)] if household else [])
    return found


def _find(connection: duckdb.DuckDBPyConnection, record: str) -> tuple[str, str]:
    file, *place = record.replace("：", ":").rsplit(":", 2)
    values: dict[str, str | int | None] = {
        "record": record,
        "file": file,
        "row": None,
        "sheet": None,
    }
    if place and place[-1].isdigit():
        values |= {"row": int(place[-1]), "sheet": place[0] if len(place) == 2 else None}
    rows = connection.execute(
        """SELECT county, record_id, path, sheet FROM links
        WHERE record_id = $record OR (row_number = $row AND ($sheet IS NULL OR sheet = $sheet)
              AND (path = $file OR ends_with(path, '/' || $file)))
        ORDER BY ALL LIMIT 6""",
        values,
    ).fetchall()
    if not rows:
        raise RecordNotFoundError(
            f"没有找到 {record}；请给出记录编号（links 表的 record_id），或 文件名:工作表:行号"
        )
    if len(rows) > 1:
        places = "、".join(f"{path}［{sheet}］" for _, _, path, sheet in rows)
        raise RecordNotFoundError(f"{record} 对应几行：{places}；请写明文件夹和工作表")
    return rows[0][0], rows[0][1]


def _explained(round_: PublishedLinks, record_id: str) -> Explained:
    this = pl.col("record_id") == record_id
    link = round_.links.filter(this).row(0, named=True)
    place = "·".join(str(part) for part in (link["path"].rsplit("/", 1)[-1], link["sheet"]) if part)
    title = f"{place} 第 {link['row_number']} 行（{record_id}）"
    candidates = round_.candidates.filter(this)
    chosen = pairs(round_.links.filter(this), candidates, review_settings()).collect()
    if chosen.is_empty() or chosen["stratum"][0] == NOBODY:
        own = link["method"] == OWN
        verdict = "基础名册本身的行，就是名册中的人" if own else "未匹配：名册中没有找到可能的人"
        return Explained(title, verdict, [], ("", ""), [], "", "")
    pair = told(chosen, round_).row(0, named=True)
    weighed = by_weights(pair["method"]) and link["former_person_id"] is None
    probability = percent(pair["probability"])
    how = f"{pair['method']}：{pair['key_says']}" if pair["method"] else "没有一项依据够得上"
    reviewed = f"，由 {link['reviewed_by']} 核定" if link["reviewed_by"] else ""
    sure = f"，校准后 {percent(link['calibrated'])}" if link["calibrated"] is not None else ""
    sides = zip(pair["left_text"].split("\n"), pair["right_text"].split("\n"), strict=True)
    return Explained(
        title=f"{pair['list_title']}　{title}",
        verdict=f"{STATUS_WORDS[pair['status']]}（{how}），把握 {probability}{sure}{reviewed}",
        sides=[
            (label, a.split("　", 1)[1], b.split("　", 1)[1])
            for left, b in sides
            if left and (label := left.split("　", 1)[0]) and (a := left)
        ],
        families=(pair["left_mates"], pair["right_mates"]),
        bars=waterfall.steps(pair["evidence"], pair["probability"] if weighed else None),
        total=f"合计，把握 {probability}" if weighed else "合计（只凭上述依据，不看合计）",
        rivals=pair["rival_text"],
    )


def _blocks(bits: float) -> str:
    return ("█" if bits >= 0 else "░") * max(round(abs(bits) / _BAR), 0)

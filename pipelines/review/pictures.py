"""The page of a round's links: weights, blocking keys, rows that say too little, reliability."""

import numpy as np
import polars as pl

from pipelines.home import Home
from pipelines.linkage.calibration import calibration, decided_pairs
from pipelines.linkage.decisions import Decisions, of_county
from pipelines.linkage.levels import declared
from pipelines.linkage.link import OWN
from pipelines.review import estimate, svg
from pipelines.review.blocks import added_by_key, too_little
from pipelines.review.declared import ReviewSettings, review_settings
from pipelines.review.issue import read_issued
from pipelines.review.pairs import CONFIRMED, pairs, strata
from pipelines.review.published import PublishedLinks, published_links
from pipelines.review.reliability import picture as curve
from pipelines.review.reliability import reliability
from pipelines.review.workbook import STATUS_WORDS

_COLORS = {"confirmed": svg.TOTAL, "suspected": "#d08a2c", "unmatched": svg.QUIET}
_WIDTH = 880.0


def pictures(home: Home, county: str) -> str:
    """Give the page of a county's latest round as HTML that needs no network.

    Raises:
        NotPublishedError: Nothing has been published under this home.
        NoSuchRoundError: Nothing of this county.
    """
    settings = review_settings()
    decisions = of_county(home.declared.decisions, county)
    with published_links(home, county) as round_:
        parts = [
            svg.note(f"运行编号 {round_.run_id}。不含任何人的姓名和号码。"),
            *_estimates(round_, decisions, home, settings),
            *_histogram(round_.links),
            *_blocks(added_by_key(round_)),
            *_unlinkable(too_little(round_)),
            *_reliability(decisions, settings),
        ]
        name = home.settings.county_names.get(county, county)
        return svg.page(f"{name} {round_.round_} 期　关联的质量", parts)


def _estimates(
    round_: PublishedLinks, decisions: Decisions, home: Home, settings: ReviewSettings
) -> list[str]:
    """Precision and recall, the strata, and what the declared bound on false links comes to."""
    found = pairs(round_.links, round_.candidates, settings).collect()
    issued = read_issued(home).filter(pl.col("review").str.starts_with(f"{round_.county}-"))
    table, parts = estimate.estimates(found, decisions, issued, settings)
    lines = zip(estimate.FIGURES.values(), estimate.in_words(table), strict=True)
    counted = estimate.strata_table(parts)
    compared = next(part for part in parts if part.name == CONFIRMED)
    bound = declared().settings.false_links_at_most
    expected = (compared.pairs - compared.model) / max(compared.pairs, 1)
    worst = (compared.pairs - compared.found.low) / max(compared.pairs, 1)
    said = f"核对过的样本说最多 {worst:.2%}" if compared.asked else "还没有人核对过"
    return [
        "<h2>有多准，找回多少</h2>",
        svg.table(("指标", "估计（95% 置信区间）"), lines),
        svg.note(
            "按人工核对的分层随机样本推算；没有核对过的层，区间按最好和最坏的情形算。"
            "凭证件号和姓名、户编号直接对上的视为正确。"
        ),
        svg.table(counted.columns, ([f"{c}" for c in row] for row in counted.iter_rows())),
        svg.note(
            f"规定错连不超过 {bound:.0%}，所以把握不低于 {1 - bound:.0%} 才确认。"
            f"由多项比对确认的 {compared.pairs:,} 对中，模型预计错 {expected:.3%}，{said}。"
        ),
    ]


def _histogram(links: pl.DataFrame) -> list[str]:
    """Rows by the sum of their weights, by status."""
    weighed = links.filter(
        pl.col("method").ne_missing(OWN) & (pl.col("status") != "unmatched")
    ).with_columns(bits=_sum_of_weights())
    if weighed.is_empty():
        return []
    values = weighed["bits"].to_numpy()
    step = 2.0
    low, high = np.floor(values.min() / step) * step, np.ceil(values.max() / step) * step + step
    edges = np.arange(low, high + step, step)
    height, bottom, left = 260.0, 210.0, 60.0
    wide = (_WIDTH - left - 20) / (len(edges) - 1)
    counts = {
        status: np.histogram(
            weighed.filter(pl.col("status") == status)["bits"].to_numpy(), bins=edges
        )[0]
        for status in ("suspected", "confirmed")
    }
    # Rows are many or few by thousands: a logarithmic axis shows both.
    top = max(np.log10(1 + sum(counts.values())).max(), 1.0)
    parts = []
    for n in range(len(edges) - 1):
        base = 0
        for status, seen in counts.items():
            if seen[n]:
                y0, y1 = (bottom - 190 * np.log10(1 + k) / top for k in (base, base + int(seen[n])))
                says = (
                    f"{edges[n]:.0f} 至 {edges[n + 1]:.0f}：{STATUS_WORDS[status]} {seen[n]:,} 行"
                )
                x = left + n * wide + 1
                parts.append(svg.rect(x, y1, wide - 2, y0 - y1, _COLORS[status], says))
                base += int(seen[n])
    for power in range(int(top) + 1):
        y = bottom - 190 * np.log10(1 + 10**power) / top
        parts += [
            svg.line(left, y, _WIDTH - 20, y, "#eef1f5"),
            svg.text(left - 8, y + 4, f"{10**power:,}", anchor="end", look="small"),
        ]
    for n, edge in enumerate(edges):
        if edge % 10 == 0:
            at = left + n * wide
            parts.append(svg.text(at, bottom + 18, f"{edge:.0f}", anchor="middle", look="small"))
    parts += [
        svg.line(left, bottom, _WIDTH - 20, bottom, svg.TOTAL),
        svg.text(
            _WIDTH / 2, bottom + 40, "各项权重合计（每加 1，可能性约翻一倍）", anchor="middle"
        ),
    ]
    parts.sort(key=lambda part: not part.startswith("<line"))
    legend = [(_COLORS[s], STATUS_WORDS[s]) for s in counts]
    return [
        "<h2>权重的分布</h2>",
        svg.key(legend),
        svg.svg(_WIDTH, height, "各项权重合计的分布", parts),
        svg.note("竖轴是行数，按对数刻度，两种颜色叠放。"),
    ]


def _sum_of_weights() -> pl.Expr:
    weights = pl.col("evidence").str.extract_all(r'"weight":-?[0-9.]+')
    return weights.list.eval(pl.element().str.strip_prefix('"weight":').cast(pl.Float64)).list.sum()


def _blocks(table: pl.DataFrame) -> list[str]:
    """What each blocking key adds."""
    top, most = (max(1, *table[c].to_list()) for c in ("new_pairs", "new_links"))
    line, left, half = 22.0, 220.0, 260.0
    parts = [
        svg.text(left, 14, "新添的对", look="strong"),
        svg.text(left + half + 60, 14, "新添的关联", look="strong"),
    ]
    for n, row in enumerate(table.iter_rows(named=True)):
        y = 24 + n * line
        parts.append(svg.text(left - 10, y + 12, row["says"], anchor="end"))
        for x, number, whole, color in (
            (left, row["new_pairs"], top, svg.QUIET),
            (left + half + 60, row["new_links"], most, svg.FOR),
        ):
            width = half * number / whole
            parts += [
                svg.rect(x, y, width, 14, color, f"{row['says']}：{number:,}"),
                svg.text(x + width + 6, y + 12, f"{number:,}", look="small"),
            ]
    return [
        "<h2>各种查找方法添了多少</h2>",
        svg.svg(_WIDTH, 30 + line * table.height, "各种查找方法添了多少", parts),
        svg.note(
            "证件号和姓名都对不上的行，按这些方法依次找可能的人；只计前面的方法没有找到的。"
            "排在后面的自然添得少；添对多而不添关联的只费时间。"
        ),
    ]


def _unlinkable(table: pl.DataFrame) -> list[str]:
    """Rows that say too little for any link to be confirmed."""
    line, left, wide = 24.0, 260.0, 420.0
    share = [t / max(r, 1) for t, r in table.select("too_little", "rows").iter_rows()]
    top = max([*share, 0.01])
    parts = []
    for n, (row, part) in enumerate(zip(table.iter_rows(named=True), share, strict=True)):
        y = 4 + n * line
        told = f"{part:.1%}（{row['too_little']:,} 行，共 {row['rows']:,} 行）"
        parts += [
            svg.text(left - 10, y + 13, row["title"], anchor="end"),
            svg.rect(left, y, wide * part / top, 16, svg.AGAINST, told),
            svg.text(left + wide * part / top + 6, y + 13, told, look="small"),
        ]
    return [
        "<h2>写得太少、怎样比也不能确认的行</h2>",
        svg.svg(_WIDTH, 10 + line * table.height, "写得太少的行", parts),
        svg.note(
            "即使名册中的人与所写的各项都一致，也够不上确认：要请部门补填证件号、出生日期或村。"
        ),
    ]


def _reliability(decisions: Decisions, settings: ReviewSettings) -> list[str]:
    """The curve from reviewed pairs, with the calibrated beside the model's where it is learnt."""
    head = "<h2>说有多大把握，是不是就有多大把握</h2>"
    decided = decided_pairs(decisions)
    if decided.is_empty():
        return [head, "<p>还没有核对结果。运行 bidui review export 导出核对表。</p>"]
    table = reliability(decided["probability"], decided["right"], settings.confidence)
    learnt = calibration(decisions, settings.calibrate_from)
    others = None
    if learnt:
        others = reliability(
            learnt.apply(decided["probability"]), decided["right"], settings.confidence
        )
    rows = [
        [
            f"{row['from']:.1%} 至 {row['to']:.1%}",
            f"{row['pairs']}",
            f"{row['told']:.2%}",
            f"{row['right']:.2%}",
            f"{row['low']:.1%} 至 {row['high']:.1%}",
        ]
        for row in table.iter_rows(named=True)
    ]
    drawn = dict(decided["stratum"].value_counts().iter_rows())
    by_stratum = "、".join(
        f"{title} {drawn[s]} 对" for s, title in strata(settings).items() if s in drawn
    )
    needed = settings.calibrate_from
    state = (
        f"已按 {learnt.pairs} 对核对结果校准，见 links 表 calibrated 列"
        if learnt
        else f"核对满 {needed} 对后校准，现在 {decided.height} 对"
    )
    return [
        head,
        svg.key(
            [(svg.TOTAL, "模型的概率"), *([(svg.FOR, "校准后（按同一批核对）")] if learnt else [])]
        ),
        curve(table, others),
        svg.table(("模型的把握", "核对（对）", "平均把握", "核对为同一人", "95% 置信区间"), rows),
        svg.note(f"{state}。核对过的：{by_stratum}。"),
    ]

"""通报: the round on one page for leaders, as a self-contained HTML page that prints on A4.

No personal data, no network, no script. Charts are SVG bars. Ranked is only how punctual the
departments' lists are, never how many people were found (FAIRNESS 11).
"""

from html import escape

import polars as pl

from pipelines.lists import summary
from pipelines.lists.content import Material
from pipelines.lists.county import county_tables
from pipelines.lists.sheets import day_text
from pipelines.lists.wording import DISCLAIMER

_MOST_ROWS = 20
"""Villages named in a table of the bulletin; the rest are in 全县汇总."""

_STYLE = """
@page { size: A4; margin: 22mm 20mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 800px; padding: 32px 40px; color: #1c1c1c; background: #fff;
  font: 16px/1.85 "FangSong","仿宋","STFangsong","Noto Serif CJK SC","SimSun",serif; }
header { text-align: center; border-bottom: 3px solid #b3131b; margin-bottom: 26px; }
header .red { color: #b3131b; font: 700 34px/1.4 "SimSun","宋体","Noto Serif CJK SC",serif;
  letter-spacing: .18em; margin: 0; }
header .number { display: flex; justify-content: space-between; margin: 14px 0 6px; }
h1 { font: 700 24px/1.5 "SimSun","Noto Serif CJK SC",serif; text-align: center;
  margin: 22px 0 18px; }
h2 { font: 700 17px/1.8 "SimHei","黑体","Noto Sans CJK SC",sans-serif; margin: 22px 0 4px; }
p { text-indent: 2em; margin: 4px 0; }
table { border-collapse: collapse; width: 100%; margin: 10px 0; font-size: 14px; line-height: 1.5; }
th, td { border: 1px solid #c9ced6; padding: 4px 8px; text-align: center; white-space: nowrap; }
th { background: #eef1f5; font-family: "SimHei","Noto Sans CJK SC",sans-serif; font-weight: 600; }
td.words { text-align: left; white-space: normal; }
.cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 10px; margin: 12px 0 4px; }
.card { border: 1px solid #d5dae1; border-top: 3px solid #8a94a3; padding: 8px 10px;
  text-align: center; }
.card.under { border-top-color: #1e6e62; } .card.over { border-top-color: #b3131b; }
.card b { display: block; font: 700 26px/1.3 "Noto Sans CJK SC","SimHei",sans-serif; }
.card span { font-size: 13px; color: #555; }
svg { display: block; width: 100%; height: auto; margin: 8px 0; }
svg text { font: 13px "Noto Sans CJK SC","Microsoft YaHei","SimHei",sans-serif; fill: #333; }
svg text.n { font-size: 11px; }
.key { font-size: 13px; text-indent: 0; color: #444; }
.key i { display: inline-block; width: 11px; height: 11px; margin: 0 5px 0 14px; }
footer { margin-top: 34px; border-top: 1px solid #b3131b; padding-top: 8px; font-size: 13px;
  color: #555; }
.sign { text-align: right; margin-top: 26px; text-indent: 0; }
tr, .card, svg { break-inside: avoid; }
"""

_UNDER, _OVER = "#1e6e62", "#b3131b"


def bulletin_html(material: Material) -> str:
    """Give the bulletin as one HTML page."""
    published = material.published
    round_ = f"{published.round_.year}年{day_text(published.round_)}"
    body = "\n".join(
        (
            _head(material.county, round_),
            _overall(material),
            _townships(material),
            _punctuality(material),
            _villages(material),
            _gaps(material),
            _next_steps(material),
            _foot(material),
        )
    )
    title = escape(f"跨部门数据比对情况通报 {material.county} {published.round_}")
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _head(county: str, round_: str) -> str:
    return (
        '<header><p class="red" style="text-indent:0">通　报</p>'
        '<p class="number" style="text-indent:0"><span>文号：＿＿〔＿＿＿＿〕＿＿号</span>'
        "<span>签发人：＿＿＿＿＿＿</span></p></header>"
        f"<h1>关于 {escape(round_)}跨部门数据比对情况的通报</h1>"
        f'<p style="text-indent:0">主送：各乡镇人民政府，县直有关部门（{escape(county)}）</p>'
    )


def _overall(material: Material) -> str:
    rows = summary.settled(material.rows)
    totals = summary.by_direction(rows)
    looks = {"under_coverage": "under", "over_coverage": "over"}
    cards = "".join(
        f'<div class="card {looks.get(r["direction"], "")}"><span>{escape(r["title"])}</span>'
        f"<b>{r['cases']}</b><span>条　{r['households']} 户　{r['persons']} 人</span></div>"
        for r in totals.iter_rows(named=True)
    )
    compared = material.published.of_round(material.published.comparisons)
    subjects = int(compared["subjects"].sum())
    missing = int(compared["not_compared"].sum())
    rules = int(compared["rule_id"].n_unique())
    new = rows.filter(pl.col("state") == "new").height
    back = rows.filter(pl.col("state") == "reopened").height
    closed = int(material.closed["closed"].sum())
    unsettled = material.rows.height - rows.height
    return (
        "<h2>一、总体情况</h2>"
        f"<p>本期运行比对规则 {rules} 条，比对 {subjects} 项次，其中未能比对 {missing} 项次。"
        f"共有疑点 {rows.height} 条，其中本期新增 {new} 条、反弹 {back} 条；"
        f"上期疑点本期消除 {closed} 条。"
        f"另有 {unsettled} 条所依据的身份待核，不计入。疑点不等于问题，须逐条核实。</p>"
        f'<div class="cards">{cards}</div>'
    )


def _townships(material: Material) -> str:
    _, frame = county_tables(material)["乡镇汇总"]
    frame = frame.select(
        "township", "households", under="under_coverage_households", over="over_coverage_households"
    )
    top = max(1, int(frame.select(pl.max_horizontal("under", "over").max()).item() or 1))
    line, left, scale = 34, 110, 560
    bars = []
    for place, (township, _, under, over) in enumerate(frame.rows()):
        y = place * line
        bars.append(
            f'<text x="{left - 10}" y="{y + 21}" text-anchor="end">{escape(township)}</text>'
        )
        for offset, count, color in ((4, under, _UNDER), (17, over, _OVER)):
            width = round(scale * count / top, 1)
            bars.append(
                f'<rect x="{left}" y="{y + offset}" width="{width}" height="11" fill="{color}"/>'
                f'<text class="n" x="{left + width + 6}" y="{y + offset + 10}">{count}</text>'
            )
    height = line * frame.height + 6
    return (
        "<h2>二、分乡镇情况</h2>"
        "<p>下图按户统计，应享未享与疑似重复或超范围享受并列。户数多少与乡镇大小、名单是否齐全有关，"
        "不作为排名和考核依据。</p>"
        f'<p class="key"><i style="background:{_UNDER}"></i>应享未享（户）'
        f'<i style="background:{_OVER}"></i>疑似重复或超范围享受（户）</p>'
        f'<svg viewBox="0 0 720 {height}" role="img" aria-label="分乡镇疑点户数">'
        f"{''.join(bars)}</svg>"
    )


def _punctuality(material: Material) -> str:
    _, frame = county_tables(material)["报送情况"]
    counted = (
        frame.group_by("department")
        .agg(
            due=pl.len(),
            on_time=(pl.col("state") == "on_time").sum(),
            late=(pl.col("state") == "late").sum(),
            missing=(pl.col("state") == "missing").sum(),
            stale=(pl.col("state") == "stale").sum(),
        )
        .with_columns(share=pl.col("on_time") / pl.col("due"))
        .sort("share", "department", descending=[True, False])
    )
    body = "".join(
        f"<tr><td>{escape(r['department'])}</td><td>{r['due']}</td><td>{r['on_time']}</td>"
        f"<td>{r['late']}</td><td>{r['missing']}</td><td>{r['stale']}</td></tr>"
        for r in counted.iter_rows(named=True)
    )
    owing = frame.filter(pl.col("state").is_in(["missing", "stale"])).select("title", "scope")
    named = "；".join(f"{title}（{scope or '全县'}）" for title, scope in owing.rows()[:_MOST_ROWS])
    owed = (
        f"<p>尚未报送或内容过旧的名单：{escape(named)}。请有关部门尽快补报。</p>" if named else ""
    )
    return (
        "<h2>三、部门报送情况</h2>"
        "<table><tr><th>部门</th><th>应报（份）</th><th>按时</th><th>迟到</th>"
        "<th>未到</th><th>过旧</th></tr>"
        f"{body}</table>{owed}"
    )


def _villages(material: Material) -> str:
    tables = county_tables(material)
    _, blank = tables["空白村"]
    _, still = tables["零变化村"]
    if blank.is_empty():
        said = "<p>本期没有空白村。</p>"
    else:
        body = "".join(
            f"<tr><td>{escape(r['township'] or '')}</td><td>{escape(r['village'] or '')}</td>"
            f"<td>{r['households']}</td><td>{'' if r['expected'] is None else r['expected']}</td>"
            f'<td class="words">{escape(r["words"])}</td></tr>'
            for r in blank.head(_MOST_ROWS).iter_rows(named=True)
        )
        more = f"（只列前 {_MOST_ROWS} 个，其余见全县汇总）" if blank.height > _MOST_ROWS else ""
        said = (
            f"<p>有 {blank.height} 个村有常住农户而没有监测对象{more}。空白村是一个疑问，不是结论："
            "可能确无对象，也可能名单迟报、村名或代码变更，请乡镇说明原因。</p>"
            "<table><tr><th>乡镇</th><th>村</th><th>在册户数</th><th>预计监测户数</th><th>有多意外</th></tr>"
            f"{body}</table>"
        )
    named = "、".join(
        f"{r['township']}{r['village']}" for r in still.head(_MOST_ROWS).iter_rows(named=True)
    )
    unchanged = (
        f"<p>有 {still.height} 个村的监测名单重新报送后没有任何变化：{escape(named)}"
        f"{'等' if still.height > _MOST_ROWS else ''}。请确认这段时间是否确无变化。</p>"
        if still.height
        else "<p>本期没有零变化村。</p>"
    )
    return f"<h2>四、空白村和零变化村</h2>{said}{unchanged}"


def _gaps(material: Material) -> str:
    counted = (
        material.not_compared.group_by("rule_id", "title")
        .agg(
            villages=pl.col("village_code").n_unique(),
            count=pl.col("not_compared").sum(),
            why=pl.col("why_not_compared").drop_nulls().mode().sort().first(),
        )
        .sort("count", "rule_id", descending=[True, False])
    )
    if counted.is_empty():
        return "<h2>五、未比对情况</h2><p>本期各规则在各村均已比对。</p>"
    body = "".join(
        f"<tr><td>{escape(r['rule_id'])}</td><td>{escape(r['title'] or '')}</td>"
        f"<td>{r['villages']}</td><td>{r['count']}</td>"
        f'<td class="words">{escape(r["why"] or "")}</td></tr>'
        for r in counted.iter_rows(named=True)
    )
    return (
        "<h2>五、未比对情况</h2><p>以下规则在部分村未能比对，未比对不等于没有疑点，也不作为销号依据。</p>"
        "<table><tr><th>规则</th><th>疑点类型</th><th>村数</th><th>未比对数</th>"
        "<th>主要原因</th></tr>"
        f"{body}</table>"
    )


def _next_steps(material: Material) -> str:
    steps = "，".join(f"{escape(name)} {day_text(day)}" for name, day in material.deadlines.steps)
    return (
        "<h2>六、下一步工作</h2>"
        f"<p>各乡镇、各部门按疑点清单逐条核实并反馈。时限为：{steps}。"
        "核实期间待遇照常发放，不得以疑点为由停发、扣减或公开个人信息。</p>"
    )


def _foot(material: Material) -> str:
    published = material.published
    issued = material.deadlines.issued
    return (
        f'<p class="sign">＿＿＿＿＿＿＿＿＿＿＿＿（印章）<br>{issued.year}年{day_text(issued)}</p>'
        f"<footer>{DISCLAIMER}。本通报不含个人信息。数据截至 {published.round_} 期，"
        f"运行编号 {escape(published.run_id)}。</footer>"
    )

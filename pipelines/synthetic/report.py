"""The score of a county in Chinese, for a terminal."""

import datetime as dt

import polars as pl


def report(
    county: str,
    rounds: list[dt.date],
    figures: pl.DataFrame,
    links: pl.DataFrame,
    rules: pl.DataFrame,
    innocents: pl.DataFrame,
    villages: pl.DataFrame,
) -> str:
    """Say in plain lines what was judged, what passed, and where the rest is.

    Args:
        county: Division code.
        rounds: The published rounds.
        figures: `Evaluation.figures`; the other frames likewise.
        links: By dataset.
        rules: By rule and round.
        innocents: By rule and reason.
        villages: By round.
    """
    days = "、".join(str(day) for day in rounds)
    lines = [f"{county} 对照标准答案：{days}", "", "一、考核指标"]
    for figure, value, threshold, passed in figures.iter_rows():
        mark = "通过" if passed else "未通过"
        lines.append(f"  {mark}  {figure}：{_number(value)}（要求 {_bound(figure, threshold)}）")
    lines += ["", "二、关联（最近一期，按数据集）"]
    for row in links.iter_rows(named=True):
        lines.append(
            f"  {row['dataset']}：{row['rows']} 行，可判定 {row['determinable']} 行，"
            f"找到 {row['found']}（{_number(row['recall'])}）；"
            f"已确认 {row['confirmed']}，正确率 {_number(row['precision'])}"
        )
    lines += ["", "三、规则（按期：应发现→已发现，误列）"]
    for (rule,), part in rules.partition_by("rule_id", as_dict=True, maintain_order=True).items():
        each = "；".join(
            f"{row['round']} {row['detectable']}→{row['found']}"
            f"（另有查不出的 {row['real'] - row['detectable']}），列出 {row['flagged']}，"
            f"准确率 {_number(row['precision'])}"
            for row in part.iter_rows(named=True)
        )
        lines.append(f"  {rule}：{each}")
    caught = innocents.filter(pl.col("flagged") > 0)
    lines += ["", "四、被误列的无辜情形"]
    lines += [
        f"  {row['rule_id']} {row['reason']}：{row['cases']} 例中误列 {row['flagged']}"
        for row in caught.iter_rows(named=True)
    ] or ["  无"]
    lines += ["", "五、村"]
    lines += [
        f"  {row['round']}：{row['villages']} 个村，空白村判断正确 {row['blank_right']}、"
        f"有误 {row['blank_wrong']}；零变化正确 {row['zero_right']}、有误 {row['zero_wrong']}"
        for row in villages.iter_rows(named=True)
    ]
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None or value != value:  # noqa: PLR0124 - not a number
        return "—"
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _bound(figure: str, threshold: float) -> str:
    return f"≥ {threshold}" if figure.endswith("率") else f"{threshold:.0f}"

"""The waterfall of one link: what each field adds to the weight, from the start to the sum."""

import json
import math
from dataclasses import dataclass

from pipelines.linkage.levels import FIELDS, declared
from pipelines.review import svg

START = "起点：事先的机会、姓名常见程度、别的候选人"
_MOST_BITS = 52.0
"""No probability that a computer holds is surer."""

_LEFT, _WIDTH, _LINE, _RIGHT = 330.0, 900.0, 30.0, 90.0


@dataclass(frozen=True)
class Step:
    """One bar."""

    title: str
    """The field, in Chinese; empty for the start."""
    says: str
    bits: float
    """log2 of how much likelier it makes that it is the same person."""


def steps(evidence: str, probability: float | None) -> list[Step]:
    """Give the bars of a link.

    Args:
        evidence: JSON of `evidence.with_evidence`.
        probability: The model's, so that a first bar leads to it: what is not told field by field.
            Null where a link was not made by adding up weights.
    """
    fields = declared().fields
    entries = json.loads(evidence or "{}")
    told = [
        Step(fields[name].title, entries[name]["says"], float(entries[name]["weight"]))
        for name in FIELDS
        if name in entries
    ]
    if probability is None:
        return told
    start = bits_of(probability) - sum(step.bits for step in told)
    return [Step("", START, start), *told]


def bits_of(probability: float) -> float:
    """Give the log2 odds of a probability, as far as it can be told from 0 and 1."""
    least = 2.0**-_MOST_BITS
    p = min(max(probability, least), 1.0 - least)
    return math.log2(p / (1.0 - p))


def picture(bars: list[Step], total: str) -> str:
    """Give the waterfall as SVG.

    Args:
        bars: Of `steps`.
        total: What the sum comes to, in words.
    """
    ends = [0.0]
    for bar in bars:
        ends.append(ends[-1] + bar.bits)
    low, high = min(ends), max(ends)
    scale = (_WIDTH - _LEFT - _RIGHT) / max(high - low, 1.0)

    def x(bits: float) -> float:
        return _LEFT + (bits - low) * scale

    height = _LINE * (len(bars) + 1) + 30
    parts = [svg.line(x(0), 4, x(0), height - 22, dash="3 3")]
    for n, (bar, begin, end) in enumerate(zip(bars, ends, ends[1:], strict=False)):
        y = n * _LINE + 8
        color = svg.QUIET if not bar.title else svg.FOR if bar.bits >= 0 else svg.AGAINST
        left, right = sorted((x(begin), x(end)))
        parts += [
            svg.text(_LEFT - 12, y + 14, bar.says, anchor="end"),
            svg.rect(left, y, max(right - left, 1.5), 19, color, f"{bar.says} {bar.bits:+.1f}"),
            svg.line(x(end), y + 19, x(end), y + _LINE),
            svg.text(right + 6, y + 14, f"{bar.bits:+.1f}", look="small"),
        ]
    y = len(bars) * _LINE + 8
    left, right = sorted((x(0), x(ends[-1])))
    parts += [
        svg.text(_LEFT - 12, y + 14, total, anchor="end", look="strong"),
        svg.rect(left, y, max(right - left, 1.5), 19, svg.TOTAL, total),
        svg.text(right + 6, y + 14, f"{ends[-1]:+.1f}", look="small"),
        svg.text(x(0), height - 6, "0", anchor="middle", look="small"),
    ]
    return svg.svg(_WIDTH, height, in_one_line(bars), parts)


def in_one_line(bars: list[Step]) -> str:
    """Give the bars in words."""
    return "；".join(f"{bar.says} {bar.bits:+.1f}" for bar in bars)

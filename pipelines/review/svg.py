"""Pictures as text: SVG parts and a page around them, with nothing fetched from anywhere."""

import re
from collections.abc import Iterable, Sequence
from html import escape

FOR, AGAINST, TOTAL, QUIET = "#1e6e62", "#b4442c", "#1f3a5f", "#b7c0cc"
"""Speaks for the same person, against it, a sum, and what only frames it."""

_LETTERS = """
svg text { font: 12.5px "Noto Sans CJK SC","Microsoft YaHei","SimHei",sans-serif; fill: #333; }
svg text.small { font-size: 11px; fill: #666; } svg text.strong { font-weight: bold; }
"""
_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.6 "Noto Sans CJK SC","Microsoft YaHei","SimHei",sans-serif; color: #222;
       max-width: 960px; margin: 2em auto; padding: 0 1.2em; }
h1 { font-size: 1.45em; color: #1f3a5f; margin-bottom: .2em; }
h2 { font-size: 1.12em; color: #1f3a5f; margin-top: 2em; }
p { margin: .35em 0; } .note { color: #666; font-size: .88em; }
svg { display: block; width: 100%; height: auto; margin: .6em 0; }
table { border-collapse: collapse; width: 100%; font-size: .9em; }
th, td { border: 1px solid #d5dbe3; padding: .3em .6em; text-align: left; vertical-align: top; }
th { background: #eef4fa; font-weight: 600; } td.n { text-align: right; white-space: nowrap; }
.key i { display: inline-block; width: 12px; height: 12px; margin: 0 5px 0 14px; }
.drawn { overflow-x: auto; }
@media screen and (max-width: 700px) { body { margin: 1em auto; } svg { min-width: 660px; } }
@media print { body { margin: 0; } h2 { break-after: avoid; } svg, tr { break-inside: avoid; } }
"""


def text(x: float, y: float, words: str, *, anchor: str = "start", look: str = "") -> str:
    """A line of text."""
    css = f' class="{look}"' if look else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{css}>{escape(words)}</text>'


def rect(x: float, y: float, width: float, height: float, color: str, says: str = "") -> str:
    """A filled rectangle; `says` is told when one points at it."""
    title = f"<title>{escape(says)}</title>" if says else ""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
        f'fill="{color}">{title}</rect>'
    )


def line(x1: float, y1: float, x2: float, y2: float, color: str = QUIET, dash: str = "") -> str:
    """A straight line."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"{dashed}/>'
    )


def dot(x: float, y: float, radius: float, color: str, says: str) -> str:
    """A filled circle."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{color}">'
        f"<title>{escape(says)}</title></circle>"
    )


def svg(width: float, height: float, label: str, parts: Iterable[str]) -> str:
    """One picture."""
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )


def alone(picture: str) -> str:
    """Give a picture of `svg` as a file of its own, on white."""
    tag, rest = picture.split(">", 1)
    named = tag.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return f'{named} style="background:#fff"><style>{_LETTERS}</style>{rest}\n'


def key(entries: Sequence[tuple[str, str]]) -> str:
    """What the colours mean: pairs of colour and words."""
    named = "".join(
        f'<i style="background:{color}"></i>{escape(words)}' for color, words in entries
    )
    return f'<p class="key">{named}</p>'


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells that are numbers stand on the right."""
    head = "".join(f"<th>{escape(header)}</th>" for header in headers)
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_NUMBER = re.compile(r"[-+]?[0-9][0-9,.]*%?")
_ID = 12
"""Digits from which on a number is an identifier."""


def _cell(said: str) -> str:
    number = len(said) < _ID and bool(_NUMBER.fullmatch(said))
    shown = escape(said).replace("\n", "<br>")
    return f'<td class="n">{shown}</td>' if number else f"<td>{shown}</td>"


def note(words: str) -> str:
    """A paragraph in small print."""
    return f'<p class="note">{escape(words)}</p>'


def page(title: str, parts: Iterable[str]) -> str:
    """The whole page, one file; on a narrow screen its pictures are moved, not made small."""
    drawn = [f'<div class="drawn">{p}</div>' if p.startswith("<svg") else p for p in parts]
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{_STYLE}{_LETTERS}</style></head><body>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(drawn) + "\n</body></html>\n"
    )

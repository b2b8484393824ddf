"""A page of titled tables, as text for a terminal and as one HTML file that needs no network."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

_STYLE = (
    "body{font-family:'Noto Sans CJK SC','Microsoft YaHei',SimSun,sans-serif;margin:2em;color:#222}"
    "h1{font-size:1.4em}h2{font-size:1.1em;margin-top:1.6em}p{margin:.3em 0;color:#555}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #bbb;padding:.3em .5em;"
    "text-align:left;vertical-align:top;font-size:.9em;min-width:2.6em}th{background:#eee}"
    "@media print{body{margin:0}h2{break-after:avoid}tr{break-inside:avoid}}"
)


@dataclass(frozen=True)
class Section:
    """One titled table; without rows it says so."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    none: str = "无"
    """What stands in place of rows."""


@dataclass(frozen=True)
class Page:
    """What `lookup` gives: the same content as text and as HTML."""

    title: str
    notes: Sequence[str] = ()
    sections: Sequence[Section] = field(default_factory=tuple)

    @property
    def text(self) -> str:
        """The page for a terminal: one block a row, so that nothing is cut off."""
        lines = [self.title, "=" * 60, *self.notes]
        for section in self.sections:
            lines += ["", f"【{section.title}】"]
            if section.note:
                lines.append(section.note)
            lines += [_row(section.headers, row) for row in section.rows] or [section.none]
        return "\n".join(lines) + "\n"

    @property
    def html(self) -> str:
        """The page as one HTML document."""
        parts = [
            "<!DOCTYPE html>",
            '<html lang="zh-CN"><head><meta charset="utf-8">',
            f"<title>{escape(self.title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(self.title)}</h1>",
            *(f"<p>{escape(note)}</p>" for note in self.notes),
        ]
        for section in self.sections:
            parts.append(f"<h2>{escape(section.title)}</h2>")
            if section.note:
                parts.append(f"<p>{escape(section.note)}</p>")
            parts.append(_html_table(section) if section.rows else f"<p>{escape(section.none)}</p>")
        return "\n".join([*parts, "</body></html>"]) + "\n"


def _row(headers: Sequence[str], row: Sequence[str]) -> str:
    said = [f"{header} {value}" for header, value in zip(headers, row, strict=True) if value]
    return "- " + "；".join(said)


def _html_table(section: Section) -> str:
    head = "".join(f"<th>{escape(header)}</th>" for header in section.headers)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(value)}</td>" for value in row) + "</tr>"
        for row in section.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

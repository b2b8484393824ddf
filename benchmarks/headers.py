"""How well a header that no contract declares is understood: each spelling left out in turn.

``python benchmarks/headers.py [--persons 2000] [--seed 5]`` takes the columns of a sample county's
lists, hides one declared spelling at a time from the contract, and asks what a column of that
name, with that list's values below it, means. Columns of other departments' lists and names without
values stand for those that nobody asked for: they should be taken for nothing. Writes
``benchmarks/headers.md``.
"""

import argparse
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.contracts import Contract
from pipelines.home import Home
from pipelines.intake.inbox import inbox_files
from pipelines.intake.parsed import parsed_file
from pipelines.intake.places import department_of
from pipelines.intake.resemblance import SAMPLED_ROWS, guesses
from pipelines.intake.vocabulary import header_forms
from pipelines.synthetic.generate import generate

COUNTY = "990112"
NOT_ASKED_FOR = [
    *("政治面貌", "婚姻状况", "录入时间", "操作员", "邮政编码", "血型", "身高", "审核意见"),
    *("登记机关", "是否公示", "照片", "宗教信仰", "兵役状况", "特长", "体重", "导出人", "校验码"),
]
PRESENT = 0.7
"""Share of a list's other columns that the sheet has."""
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.97, 0.99)

Lists = list[tuple[Contract, pl.DataFrame]]


@dataclass(frozen=True)
class Answer:
    """What one header cell was taken for."""

    meant: str | None
    taken: str
    certainty: float


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        generate(home, COUNTY, options.persons, options.seed)
        lists = _lists(home)
    rng = random.Random(options.seed)
    answers = [a for one in lists for a in (*_left_out(*one, rng), *_extra(*one, lists, rng))]
    table = _table(answers, f"--persons {options.persons} --seed {options.seed}")
    Path(__file__).with_suffix(".md").write_text(table, encoding="utf-8")
    print(table)


def _lists(home: Home) -> Lists:
    """Give the rows of one sheet of every dataset."""
    contracts = home.declared.contracts
    found: dict[str, pl.DataFrame] = {}
    for path in inbox_files(home, COUNTY):
        department = department_of(path.relative_to(home.inbox).parts[1], contracts)
        parsed = parsed_file(path.read_bytes(), department or "", contracts)
        for sheet in parsed.sheets:
            if sheet.dataset and sheet.dataset not in found:
                found[sheet.dataset] = parsed.rows(sheet.sheet_no)
    return [(contracts[dataset], rows) for dataset, rows in sorted(found.items())]


def _columns(contract: Contract, rows: pl.DataFrame) -> list[str]:
    filled = [n for n in contract.columns if n in rows.columns and rows[n].is_not_null().any()]
    return [name for name in filled if name != "serial"]


def _left_out(contract: Contract, rows: pl.DataFrame, rng: random.Random) -> Iterator[Answer]:
    there = _columns(contract, rows)
    for name in there:
        column = contract.columns[name]
        for word in column.synonyms:
            form = header_forms(word)[:1]
            fewer = tuple(s for s in column.synonyms if header_forms(s)[:1] != form)
            less = column.model_copy(update={"synonyms": fewer})
            hidden = contract.model_copy(update={"columns": {**contract.columns, name: less}})
            taken = [other for other in there if other != name and rng.random() < PRESENT]
            values = pl.DataFrame({"0": rows[name].head(SAMPLED_ROWS)})
            best = guesses(hidden, {0: header_forms(word)}, taken, values)[0]
            yield Answer(name, best.column, best.certainty)


def _extra(
    contract: Contract, rows: pl.DataFrame, lists: Lists, rng: random.Random
) -> Iterator[Answer]:
    there = _columns(contract, rows)
    cells = [(word, pl.Series([], dtype=pl.String)) for word in NOT_ASKED_FOR]
    for other, values in lists:
        cells += [
            (other.columns[name].title, values[name].head(SAMPLED_ROWS))
            for name in _columns(other, values)
            if name not in contract.columns and other.department != contract.department
        ]
    for word, values in cells:
        taken = [name for name in there if rng.random() < PRESENT]
        sample = pl.DataFrame({"0": values})
        best = guesses(contract, {0: header_forms(word)}, taken, sample)[0]
        yield Answer(None, best.column, best.certainty)


def _table(answers: list[Answer], options: str) -> str:
    real = [a for a in answers if a.meant is not None]
    extra = [a for a in answers if a.meant is None]
    counted = f"{len(real):,} spellings left out in turn, {len(extra):,} columns nobody asked for"
    lines = [
        "# Headers that no contract declares",
        "",
        f"`python benchmarks/headers.py {options}` · {counted}",
        "",
        "| certainty at least | right | wrong | asked for by nobody, yet taken |",
        "|---|---|---|---|",
    ]
    for level in LEVELS:
        sure = [a for a in real if a.certainty >= level]
        right = sum(a.taken == a.meant for a in sure)
        false = sum(a.certainty >= level for a in extra)
        lines.append(
            f"| {level} | {right / len(real):.1%} | {(len(sure) - right) / len(real):.2%}"
            f" | {false / len(extra):.1%} |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()

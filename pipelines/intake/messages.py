"""What intake says to the clerk who sent a file: what was seen, what was expected, what to do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipelines.contracts import ColumnType, Contract
from pipelines.intake.body import Body
from pipelines.intake.cells import RawSheet, column_letters
from pipelines.intake.mappings import question_name, shape_of
from pipelines.intake.masking import masked_numbers
from pipelines.intake.match import Match
from pipelines.intake.resemblance import LEAST_KNOWN, Guess, Understood

_NOT_DATA = {
    "title": "标题行",
    "header": "表头行",
    "total": "合计行",
    "note": "说明行",
    "blank": "空行",
}
_MOST_NAMED = 12
_NO_LIST = "不是名单（如汇总表、说明）的，请删去或隐藏这张工作表"


def quoted(words: Iterable[str]) -> str:
    """Give words as “a”、“b”, at most a dozen; what is taken for a header may be somebody's row."""
    listed = list(words)
    text = "、".join(f"“{masked_numbers(w)}”" for w in listed[:_MOST_NAMED])
    return text + (f"等 {len(listed)} 个" if len(listed) > _MOST_NAMED else "")


def titles_of(contract: Contract, columns: Iterable[str]) -> list[str]:
    """Give the Chinese titles of contract columns."""
    return [contract.columns[c].title for c in columns]


def recognised(
    header: Understood,
    body: Body,
    raw: RawSheet,
    said: Mapping[str, str],
    settled_in: str | None,
) -> str:
    """Say as what a sheet was read and what was left aside."""
    match = header.match
    contract = match.vocabulary.contract
    parts = [f"识别为“{contract.title}”，记录 {body.records.height} 行"]
    if settled_in:
        parts.append(f"表头按 {settled_in} 的确认读取")
    skipped = "、".join(
        f"{_NOT_DATA[kind]} {count}" for kind, count in body.not_data.items() if count
    )
    if skipped:
        parts.append(f"非数据行：{skipped}")
    text_at = {cell.position: cell.text for cell in match.cells}
    for at, certainty in match.certainty.items():
        title = next(contract.columns[n].title for n, ps in match.columns.items() if at in ps)
        parts.append(f"“{text_at[at]}”按字面和内容认作“{title}”（把握 {certainty:.0%}）")
    if header.doubtful:
        asked = "、".join(_may_be(guess, text_at, contract) for guess in header.doubtful)
        name = question_name(contract, shape_of(match.cells))
        parts.append(f"{asked}，没有使用，请在 mappings 文件夹的 {name} 中确认")
    open_ = {guess.position for guess in header.doubtful}
    unused = [c.text for c in match.unknown if c.position not in open_]
    if unused:
        parts.append(f"未用到的列：{quoted(unused)}")
    if body.unnamed:
        letters = "、".join(map(column_letters, body.unnamed[:_MOST_NAMED]))
        parts.append(
            f"{letters} 列有内容而没有列名，没有使用，请在第 {match.last_row + 1} 行补上列名"
        )
    if other := [name for name, unit in body.units.items() if _converted(unit, contract, name)]:
        units = "、".join(dict.fromkeys(body.units[name] for name in other))
        parts.append(f"{quoted(titles_of(contract, other))}按表中写的单位（{units}）换算成元")
    if again := match.repeated.keys() - match.joined:
        texts = [c.text for c in match.cells if c.position in again]
        parts.append(f"重复的列只取第一列：{quoted(texts)}")
    there = match.columns.keys() | said
    absent = [c for c in contract.columns.values() if c.required and c.name not in there]
    if absent:
        parts.append(f"缺少必要的列：{quoted(c.title for c in absent)}")
    parts += [f"“{contract.columns[n].title}”取自表名或标题：{text}" for n, text in said.items()]
    parts += [*_taken_from_above(body, match), *_noticed(raw)]
    return "；".join(parts) + "。"


def _taken_from_above(body: Body, match: Match) -> Iterator[str]:
    told = [n for n in ("village", "village_code") if n in match.columns]
    if body.sections and all(body.records[n].null_count() for n in told):
        where = "行政村空白处" if told else "行政村"
        yield f"{where}取自各段的标题行：{quoted(body.sections)}"
    if body.taken_from_above:
        cells = "、".join(f"{text} {n} 处" for text, n in body.taken_from_above.items())
        yield f"空白按同户或合并单元格取上一行的值：{cells}"


def _converted(unit: str, contract: Contract, column: str) -> bool:
    """Whether amounts of `column` stand in another unit than the yuan they are read in."""
    money = contract.columns[column].type is ColumnType.AMOUNT
    return money and unit.startswith(("十", "百", "千", "万", "亿"))


def _noticed(raw: RawSheet) -> list[str]:
    """Say what a sheet holds besides plain cells: the reader keeps none of it."""
    parts = []
    if raw.hidden_rows:
        first = raw.hidden_at[:_MOST_NAMED]
        others = "等" if raw.hidden_rows > len(first) else ""
        at = f"（第 {'、'.join(map(str, first))} 行{others}）" if first else ""
        parts.append(f"含隐藏行 {raw.hidden_rows} 行{at}，已一并读取")
    if raw.error_cells:
        parts.append(f"有 {raw.error_cells} 个单元格是公式错误（#N/A、#REF! 等），按空白处理")
    if raw.unsaved_formulas:
        more = raw.unsaved_formulas > len(raw.unsaved_at)
        parts.append(
            f"有 {raw.unsaved_formulas} 个公式没有存下计算结果"
            f"（{'、'.join(raw.unsaved_at)}{'等' if more else ''}），读作空白，"
            "请在 WPS 或 Excel 中打开、保存后重新报送"
        )
    if raw.comments:
        more = raw.comments > len(raw.comments_at)
        where = f"（{'、'.join(raw.comments_at)}{'等' if more else ''}）" if raw.comments_at else ""
        parts.append(
            f"有 {raw.comments} 个单元格带批注{where}，批注的内容没有读取，如需使用请写进单元格"
        )
    return parts


def unrecognised(header: Understood | None, elsewhere: Match | None, foreign: Match | None) -> str:
    """Say why a sheet was not recognised and what would make it so: the repair manual.

    Args:
        header: The dataset of the department that comes nearest.
        elsewhere: Another department's dataset that explains the header better.
        foreign: The same, where it explains no more of it than `header`.
    """
    if elsewhere is not None:
        return (
            f"表头不属于本部门的任何数据集，但与{_whose(elsewhere)}相符；"
            f"请把文件放到{elsewhere.vocabulary.contract.department_title}的文件夹。"
        )
    if header is None:
        return (
            "前 15 行中没有找到表头（没有一列的名称能对上本部门任何数据集）；"
            f"请核对是否放错部门文件夹，或在数据上方补上一行表头；{_NO_LIST}；所有行已另存待处理。"
        )
    nearest = header.match
    contract = nearest.vocabulary.contract
    parts = [f"表头（第 {nearest.last_row + 1} 行）未能识别，最接近“{contract.title}”"]
    by_position = {c.position: c.text for c in nearest.cells}
    known = [by_position[p] for at in nearest.columns.values() for p in at]
    if known:
        parts.append(f"已认出：{quoted(known)}")
    if nearest.missing:
        wanted = [_spellings(contract, c) for c in nearest.missing]
        parts.append(f"缺少：{'、'.join(wanted)}")
    elif nearest.lacks_any:
        wanted = titles_of(contract, contract.header.any_of)
        parts.append(f"至少还需要其中一列：{quoted(wanted)}")
    else:
        parts.append(f"能认出的列只占 {nearest.share:.0%}（要求 {contract.header.min_share:.0%}）")
    asked = {guess.position for guess in header.doubtful}
    unknown = [c.text for c in nearest.unknown if c.position not in asked]
    if unknown:
        parts.append(f"未认出：{quoted(unknown)}")
    ways = "请按上述列名修改表头后重新报送"
    parts += [_may_be(guess, by_position, contract) for guess in header.doubtful]
    if may_be_settled(header):
        ways = (
            f"请在 mappings 文件夹的 {question_name(contract, shape_of(nearest.cells))} 中确认，"
            "或按上述列名修改表头后重新报送"
        )
    if foreign is not None:
        ways += f"；也与{_whose(foreign)}相符，如是该部门的表请放到它的文件夹"
    ways += f"；{_NO_LIST}"
    return "；".join(parts) + f"。{ways}；所有行已另存待处理。"


def _whose(match: Match) -> str:
    contract = match.vocabulary.contract
    return f"{contract.department_title}的“{contract.title}”"


def may_be_settled(header: Understood) -> bool:
    """Whether people may say what an unrecognised header's open cells mean."""
    match = header.match
    near = match.known_cells >= LEAST_KNOWN or not match.missing
    return bool(header.doubtful) or (near and bool(match.unknown))


def _may_be(guess: Guess, text_at: Mapping[int, str], contract: Contract) -> str:
    title = contract.columns[guess.column].title
    if guess.certainty < contract.header.doubtful:
        return f"“{text_at[guess.position]}”也许是“{title}”（没有把握）"
    return f"“{text_at[guess.position]}”可能是“{title}”（把握 {guess.certainty:.0%}）"


def ambiguous(rivals: Sequence[Match]) -> str:
    """Say between which datasets a sheet cannot be decided."""
    titles = [m.vocabulary.contract.title for m in rivals]
    telling = [
        f"“{m.vocabulary.contract.title}”的"
        + quoted(
            titles_of(
                m.vocabulary.contract,
                m.vocabulary.contract.header.any_of or m.vocabulary.contract.header.must_have,
            )
        )
        for m in rivals
    ]
    return (
        f"表头同样符合{quoted(titles)}，无法判断是哪一个；"
        f"请补充能区分的列（{'；'.join(telling)}）后重新报送。所有行已另存待处理。"
    )


def _spellings(contract: Contract, column: str) -> str:
    declared = contract.columns[column]
    other = f"（也可写作 {'、'.join(declared.synonyms[:3])}）" if declared.synonyms else ""
    return f"“{declared.title}”{other}"

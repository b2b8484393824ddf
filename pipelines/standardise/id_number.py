"""ID numbers (公民身份号码): which may be trusted, which can be restored, what a damaged one says.

GB 11643-1999: six digits of region, eight of birth date, three of sequence (the last odd for men),
one check character. A number is used for exact keys only where its check character holds, or where
it was restored by a rule that leaves no choice (`USABLE`). Anything else keeps its place as a hint:
the characters that may be trusted, ``?`` for those that may not.

Spreadsheets keep fifteen digits of a number: a number cell with more has invented the rest, even
where the check character happens to hold.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.standardise.text import NOTHING, tidy

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = ("1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2")
LENGTH = 18
EXACT_DIGITS = 15
"""Digits that a spreadsheet keeps of a number."""

USABLE = ("valid", "upgraded15", "repaired_glyph", "certificate", "pupil_number")
"""Statuses with a value; every other status has at most a hint."""

_WHOLE = r"^[0-9]{17}[0-9X]$"
_GLYPHS = {"O": "0", "I": "1", "L": "1", "|": "1", "B": "8"}
_LOOK_ALIKES = {
    **dict.fromkeys("×ХΧ✕✖╳✗✘⨉⨯❌", "X"),
    **dict.fromkeys("ОΟ〇○", "O"),
    **dict.fromkeys("丨∣│", "I"),
    **dict.fromkeys("ВΒ", "B"),
}
"""Characters of other alphabets that are typed for X and for the letters typed for digits."""
_MASK = r"[*?●○•■□#_…~]"
_MASK_RUN = rf"{_MASK}+|X{{2,}}|\.{{3,}}|[-—–]{{3,}}"
_MASKED = rf"^[0-9]{{0,17}}(?:{_MASK_RUN})[0-9{_MASK[1:-1]}]{{0,17}}X?$"
_LEAST_VISIBLE = 2
_LABEL = r"^\p{Han}{0,6}[证号码籍]\p{Han}{0,3}[::]?([GLJ]?[0-9*].{13,})$"
_REMARK = r"[(\[【][^0-9]*[)\]】]$"
_SCIENTIFIC = r"^[0-9](?:\.[0-9]+)?E\+?[0-9]{1,2}$"
_PLACEHOLDER = r"^(?:0{6,}|1{6,}|9{6}|123456(?:7|$)|0123456|666666|888888)"
_WORDS = (
    r"^(?:无(?:身份证.*|证件?.*|户口|号码?)?|没有.*|未(?:办|登|录|上|提供|领).*|未知|不详|待.*|暂无.*|空"
    r"|新生儿?|婴儿|.*(?:丢失|遗失|办理中|正在办|补办).*|[/—X-]+|测试|[0-9]{1,5})$"
)
_OTHER = (
    r"^(?:[A-Z]{1,2}[0-9]{7,9}|[A-Z]{1,2}[0-9]{6,8}\([0-9A-Z]\)|[HM][0-9]{8,10}|[A-Z]{3}[0-9]{12}"
    r"|[0-9]{8}|(?:护照|户口|出生|军官|士兵|警官|港澳|台胞|台湾|外国|回乡|往来).*)$"
)
_BROKEN_OFF = r"^(?:[1-9][0-9]{5}(?:19|20)|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9])$"
"""Eight digits that end in a century behind a region, or are a day of birth: no permit's number."""


def cleaned(text: pl.Expr) -> pl.Expr:
    """Give the characters of the number alone: NFKC, upper case, every look-alike of X as X."""
    return (
        tidy(text)
        .str.to_uppercase()
        .str.replace_many(list(_LOOK_ALIKES), list(_LOOK_ALIKES.values()))
        .str.replace_all(r"[\s'\"“”‘’`=]+", "")
        .str.replace(r"^(?:公民|居民)?(?:身份证件?|证件)?(?:号码?)?[::]", "")
        .str.replace(r"^ID[::]?", "")
        .str.replace(_LABEL, "$1")
        .str.replace(_REMARK, "")
        .str.strip_chars_end("。;,、.")
        .str.replace_all(r"([0-9X])[-‐–]([0-9X])", "$1$2")
        .str.replace(r"\.0+$", "")
    )


def check_character(bodies: pl.Series) -> pl.Series:
    """Give the check character of each text of seventeen digits (GB 11643: weights modulo 11).

    Anything else gives null.
    """
    whole = bodies.str.contains(r"^[0-9]{17}$").fill_null(value=False)
    checks = pl.Series(CHECKS)[_remainders(_characters(bodies.filter(whole), LENGTH - 1))]
    found = pl.Series(bodies.name, [None], dtype=pl.String).new_from_index(0, len(bodies))
    return found.scatter(whole.arg_true(), checks)


def has_check(numbers: pl.Series) -> pl.Series:
    """Say of each text whether it has 18 characters and its check character holds; null: no."""
    whole = numbers.str.contains(_WHOLE).fill_null(value=False).to_numpy()
    characters = _characters(numbers.filter(whole), LENGTH)
    stated = np.frombuffer("".join(CHECKS).encode(), np.uint8)[_remainders(characters)]
    holds = np.zeros(len(numbers), dtype=np.bool_)
    holds[whole] = stated == characters[:, LENGTH - 1]
    return pl.Series(numbers.name, holds)


def _characters(texts: pl.Series, length: int) -> npt.NDArray[np.uint8]:
    """Give the characters of ASCII texts of one length, a row a text."""
    joined = texts.str.join("").item() if len(texts) else ""
    return np.frombuffer(joined.encode(), np.uint8).reshape(-1, length)


def _remainders(characters: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """Give the weighted sum of the first seventeen digits of each row, modulo 11."""
    total = np.zeros(len(characters), dtype=np.int16)
    for at, weight in enumerate(WEIGHTS):
        total += (characters[:, at] - ord("0")) * np.int16(weight)
    return total % 11


def birth_date_of(number: pl.Expr) -> pl.Expr:
    """Give the birth date inside an 18-character number, null where no such day exists."""
    return number.str.slice(6, 8).str.to_date("%Y%m%d", strict=False)


def with_births(frame: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """Give `frame` with ``<name>_birth``, the birth date inside the numbers of each column."""
    return frame.with_columns(birth_date_of(pl.col(name)).alias(f"{name}_birth") for name in names)


def sex_of(number: pl.Expr) -> pl.Expr:
    """Give 男 or 女 by the seventeenth digit of an 18-character number."""
    odd = number.str.slice(16, 1).cast(pl.Int8, strict=False) % 2 == 1
    return pl.when(odd).then(pl.lit("男")).when(~odd).then(pl.lit("女"))


def upgraded(numbers15: pl.Series) -> pl.Series:
    """Give the 18-character form of 15-digit numbers: ``19`` before the year, a check behind."""
    number = pl.col(numbers15.name)
    bodies = numbers15.to_frame().select(_body(number)).to_series()
    return bodies + check_character(bodies)


def _body(number15: pl.Expr) -> pl.Expr:
    """Give the first seventeen characters of the 18-character form of a 15-digit number."""
    return pl.concat_str(number15.str.slice(0, 6), pl.lit("19"), number15.str.slice(6, 9))


def is_sound(numbers: pl.Series) -> pl.Series:
    """Say whether the check character holds, the birth day exists, the region is no placeholder."""
    number = pl.col(numbers.name)
    if numbers.null_count() == len(numbers):
        return numbers.is_not_null()
    years = birth_date_of(number).dt.year().is_between(1900, 2099).fill_null(value=False)
    told = numbers.to_frame().select(years & ~number.str.contains(_PLACEHOLDER)).to_series()
    return has_check(numbers) & told.fill_null(value=False)


def parse_id_numbers(cells: pl.DataFrame) -> pl.DataFrame:
    """Judge ID number cells.

    Args:
        cells: ``text`` (String) and ``number`` (Boolean, null or missing: no): whether the cell was
            a number in the workbook.

    Returns:
        In the same order ``value`` (18 characters or null), ``status``, ``hint``, ``issue`` (the
        status where a person should look at the cell, else null).
    """
    number = (
        pl.col("number").fill_null(value=False)
        if "number" in cells.columns
        else pl.lit(value=False)
    )
    frame = cells.select("text", number.alias("number"))
    # Most cells are whole and right; only the rest pays for the long way.
    whole = (pl.col("text").str.len_bytes() == LENGTH) & ~pl.col("number")
    good = is_sound(frame.select(pl.when(whole).then("text").alias("text")).to_series())
    at = (~good).arg_true()
    usual = {"status": "valid", "hint": None, "issue": None}
    given = {"value": frame["text"]} | {
        name: pl.Series([text], dtype=pl.String).new_from_index(0, frame.height)
        for name, text in usual.items()
    }
    if at.len():
        odd = frame[at]
        judged = odd.join(
            odd.unique().pipe(_shapes).pipe(_judge),
            on=["text", "number"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        given = {name: texts.scatter(at, judged[name]) for name, texts in given.items()}
    return pl.DataFrame(given)


def _shapes(odd: pl.DataFrame) -> pl.DataFrame:
    """Beside each cell its characters ``c`` and the number each restoring rule would make of it.

    ``<name>_sound`` says of each whether it is a sound number, ``c_check`` of the characters
    whether their check alone holds.
    """
    frame = (
        odd.with_columns(c=cleaned(pl.col("text")))
        .with_columns(pupil=pl.when(_is_pupil()).then(pl.col("c").str.slice(1)))
        .with_columns(_restored())
    )
    frame = frame.with_columns(
        upgraded(frame["old15"]).alias("old"),
        upgraded(frame["pupil15"]).fill_null(frame["pupil"]).alias("pupil18"),
    )
    made = ("c", "old", "certificate", "pupil18", "glyph")
    return frame.with_columns(
        *[is_sound(frame[name]).alias(f"{name}_sound") for name in made],
        c_check=has_check(frame["c"]),
    )


def _is_pupil() -> pl.Expr:
    return pl.col("c").str.contains(r"^[GLJ](?:[0-9]{17}[0-9X]|[0-9]{15})$")


@cache
def _restored() -> tuple[pl.Expr, ...]:
    """What restoring rules make of ``c`` and ``pupil``; expressions so large are built once."""
    c = pl.col("c")
    certificate = c.str.contains(r"^[0-9]{17}[0-9X](?:[0-9]{2}(?:[0-9]{2}|B[0-9])?)$")
    return (
        pl.when(pl.col("pupil").str.len_chars() == EXACT_DIGITS).then("pupil").alias("pupil15"),
        pl.when(certificate).then(c.str.slice(0, LENGTH)).alias("certificate"),
        # A 15-digit text born in 19"20" is far more often the beginning of a cut number of a
        # child born after 2000 than a person of a hundred; it is not restored.
        pl.when(c.str.contains(r"^[0-9]{15}$") & (c.str.slice(6, 2) != "20"))
        .then(c)
        .alias("old15"),
        pl.when(~_is_pupil() & c.str.contains(r"^[0-9OILB|]{15,17}[0-9XOILB|]{1,3}$"))
        .then(c.str.replace_many(list(_GLYPHS), list(_GLYPHS.values())))
        .alias("glyph"),
    )


def _judge(frame: pl.DataFrame) -> pl.DataFrame:
    """Status, value and hint by the first shape that fits."""
    fits, value, status, hint = _verdict()
    return (
        frame.with_columns(rule=fits)
        .select("text", "number", value=value, status=status, hint=hint)
        .with_columns(
            issue=pl.when(~pl.col("status").is_in([*USABLE, "missing", "other_document"])).then(
                pl.col("status")
            )
        )
    )


@cache
def _verdict() -> tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]:
    """The number of the first rule that fits, and what that rule gives: value, status, hint."""
    c, n = pl.col("c"), pl.col("c").str.len_chars()
    digits = c.str.contains(r"^[0-9]+X?$")
    mantissa = c.str.extract(r"^([0-9](?:\.[0-9]+)?)E", 1).str.replace(".", "", literal=True)
    lost = (pl.col("number") & digits & (n > EXACT_DIGITS)) | (
        (c.str.contains(r"^[0-9]{15}000$") | _is_binary(c)) & ~pl.col("c_sound")
    )
    prefix = pl.concat_str(c.str.slice(0, EXACT_DIGITS), pl.lit("?" * (LENGTH - EXACT_DIGITS)))
    long_mantissa = c.str.contains(_SCIENTIFIC) & (mantissa.str.len_chars() >= EXACT_DIGITS)
    rules: list[tuple[pl.Expr, str, pl.Expr | None, pl.Expr | None]] = [
        (pl.col("text").is_null() | (c == ""), "missing", None, None),
        (c.str.contains(_WORDS) | c.is_in(list(NOTHING)), "placeholder", None, None),
        (
            c.str.contains(_PLACEHOLDER) & ~c.str.contains(r"E\+?[0-9]{1,2}$"),
            "placeholder",
            None,
            None,
        ),
        (long_mantissa, "precision_lost", None, _padded(mantissa.str.slice(0, EXACT_DIGITS))),
        (c.str.contains(_SCIENTIFIC), "scientific", None, _padded(mantissa)),
        (lost, "precision_lost", None, pl.when(n == LENGTH).then(prefix)),
        (pl.col("c_sound"), "valid", c, None),
        (pl.col("old_sound"), "upgraded15", pl.col("old"), None),
        (pl.col("certificate_sound"), "certificate", pl.col("certificate"), None),
        (pl.col("pupil18_sound"), "pupil_number", pl.col("pupil18"), None),
        (pl.col("glyph_sound"), "repaired_glyph", pl.col("glyph"), None),
        (
            c.str.contains(_MASKED) & (c.str.count_matches("[0-9]") >= _LEAST_VISIBLE),
            "masked",
            None,
            _unmasked(c),
        ),
        (
            c.str.contains(r"[0-9X]{15,}[^0-9X]+[0-9X]{15,}|^(?:[0-9]{17}[0-9X]){2,}$"),
            "several",
            None,
            None,
        ),
        (c.str.contains(_WHOLE) & birth_date_of(c).is_null(), "birth_date", None, c),
        (pl.col("c_check"), "birth_date", None, c),
        (c.str.contains(_WHOLE), "checksum", None, c),
        (pl.col("certificate").is_not_null(), "checksum", None, pl.col("certificate")),
        (
            c.str.contains(r"^[0-9]{15}$") & birth_date_of(_body(c)).is_null(),
            "birth_date",
            None,
            prefix,
        ),
        (c.str.contains(r"^[0-9]{15}$"), "length", None, prefix),
        (pl.col("pupil").str.len_chars() == LENGTH, "checksum", None, pl.col("pupil")),
        (pl.col("glyph").str.len_chars() == LENGTH, "checksum", None, pl.col("glyph")),
        (c.str.contains(_BROKEN_OFF), "length", None, None),
        (c.str.contains(_OTHER), "other_document", None, None),
        (digits & n.is_between(16, 19), "length", None, c),
        (digits, "length", None, None),
    ]
    fits = pl.coalesce(
        [pl.when(rule[0]).then(pl.lit(i, dtype=pl.Int8)) for i, rule in enumerate(rules)]
    )
    statuses = dict(enumerate(rule[1] for rule in rules))
    status = pl.col("rule").replace_strict(statuses, default="unreadable", return_dtype=pl.String)
    return (
        fits,
        _by_rule([rule[2] for rule in rules]),
        status,
        _by_rule([rule[3] for rule in rules]),
    )


def _is_binary(c: pl.Expr) -> pl.Expr:
    """Whether 18 digits are exactly a binary number of 53 bits, as a program writes a float out.

    Such numbers lie 16 to 128 apart here (128 above 576460752303423488 = 2**59, so for every number
    of region 58 and above): of numbers mistyped by hand about one in a hundred is one by chance.
    The first fifteen digits, and so the birth date, are still those of the person.
    """
    number = pl.when(c.str.contains(r"^[0-9]{18}$")).then(c).cast(pl.Int64, strict=False)
    exact = number == number.cast(pl.Float64).cast(pl.Int64, strict=False)
    return (exact & birth_date_of(c).is_not_null()).fill_null(value=False)


def _by_rule(gives: list[pl.Expr | None]) -> pl.Expr:
    """What the rule that fitted gives, null where it gives nothing."""
    return pl.coalesce(
        [
            pl.when(pl.col("rule") == i).then(given)
            for i, given in enumerate(gives)
            if given is not None
        ]
    )


def _padded(digits: pl.Expr) -> pl.Expr:
    return digits.str.pad_end(LENGTH, "?")


def _unmasked(c: pl.Expr) -> pl.Expr:
    """The visible characters, ``?`` for each hidden one; a short run of stars is filled to 18."""
    head = c.str.extract(rf"^([0-9]*)(?:{_MASK_RUN})", 1)
    tail = c.str.extract(r"([0-9]*X?)$", 1)
    # A final X after a run of X belongs to the mask unless digits stand before it.
    tail = pl.when(tail == "X").then(pl.lit("")).otherwise(tail)
    gap = LENGTH - head.str.len_chars() - tail.str.len_chars()
    one_run = c.str.contains(rf"^[0-9]*(?:{_MASK_RUN})[0-9]*X?$") & (gap > 0)
    filled = pl.concat_str(
        head, pl.lit("?" * LENGTH).str.slice(0, gap.clip(0, LENGTH).cast(pl.UInt32)), tail
    )
    return pl.when(one_run).then(filled).otherwise(c.str.replace_all(rf"{_MASK}|\.|X|-", "?"))

"""Numbers written in Chinese: 三, 二十一, 壹仟贰佰元, 二〇二一. For distinct texts only."""

_DIGITS = (
    {c: i for i, c in enumerate("零一二三四五六七八九")}
    | {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
    | {"〇": 0, "○": 0, "两": 2, "O": 0, "弌": 1, "貳": 2, "參": 3, "陸": 6}
)
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_NEXT_LOWER = {"百": "十", "佰": "十", "千": "百", "仟": "百", "万": "千", "萬": "千"}
CHARACTERS = "".join([*_DIGITS, *_UNITS, *_LARGE, "廿"])
"""Every character such a number may hold."""


def digits(text: str) -> str | None:
    """Give a number read digit by digit: 二〇二一 is 2021; null where it is no such number."""
    if not text or any(c not in _DIGITS for c in text):
        return None
    return "".join(str(_DIGITS[c]) for c in text)


def whole(text: str) -> int | None:
    """Give the value of a whole number: 二十一 is 21, 壹仟贰佰 is 1200; null where it is none.

    A last digit right after a unit counts the next lower one: 一万二 is 12,000, 三百五 is 350.
    """
    text = text.replace("廿", "二十")
    if plain := digits(text):
        return int(plain)
    if text[-1:] in _DIGITS:
        text += _NEXT_LOWER.get(text[-2:-1], "")
    total = section = last = 0
    for c in text:
        if c in _DIGITS:
            last = _DIGITS[c]
        elif c in _UNITS:
            section += (last or 1) * _UNITS[c]
            last = 0
        elif c in _LARGE:
            total, section, last = total + (section + last) * _LARGE[c], 0, 0
        else:
            return None
    return total + section + last

"""What people may see of numbers that identify: ID numbers first 6, last 4; accounts last 4."""

import re

from pipelines.contracts import Privacy

_SHOWN_BEFORE, _SHOWN_AFTER = 6, 4
_ID_LENGTHS = {15, 17, 18}
_LONG_NUMBER = re.compile(r"(?<![0-9])[0-9]{12,}[0-9Xx]?(?![0-9])")
"""Long enough for an ID number (15 to 18) or a bank account (12 to 19), in whatever column."""


def mask_id(number: str) -> str:
    """Give an ID number with only its first six and last four characters."""
    hidden = len(number) - _SHOWN_BEFORE - _SHOWN_AFTER
    if hidden <= 0:
        return "*" * len(number)
    return number[:_SHOWN_BEFORE] + "*" * hidden + number[-_SHOWN_AFTER:]


def mask_account(number: str) -> str:
    """Give an account number with only its last four characters."""
    return "*" * max(len(number) - _SHOWN_AFTER, _SHOWN_AFTER) + number[-_SHOWN_AFTER:]


def mask_text(text: str) -> str:
    """Mask every long number in running text, by its length as ID number or as account."""

    def masked(match: re.Match[str]) -> str:
        number = match.group()
        return mask_id(number) if len(number) in _ID_LENGTHS else mask_account(number)

    return _LONG_NUMBER.sub(masked, text)


def mask(text: str, privacy: Privacy) -> str:
    """Give `text` as far as its column's privacy class lets people see it."""
    if privacy is Privacy.IDENTIFIER:
        return mask_id(text)
    if privacy is Privacy.ACCOUNT:
        return mask_account(text)
    return mask_text(text)

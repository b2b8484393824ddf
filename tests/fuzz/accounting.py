"""Whatever a file is, each of its rows is accounted for or the whole is refused in words."""

from pipelines.intake.kept import ParsedFile, ParsedSheet


def unaccounted(parsed: ParsedFile) -> str | None:
    """Say what is wrong with the account of a file; None where it closes."""
    for sheet in parsed.sheets:
        if not sheet.message:
            return "no sentence"
        if sheet.status == "refused":
            if sheet.rows_read is not None or "请" not in sheet.message:
                return f"refused without saying what to do: {sheet.message}"
        elif wrong := _open_account(sheet, parsed):
            return wrong
    return None if parsed.sheets else "no sheet and no sentence"


def _open_account(sheet: ParsedSheet, parsed: ParsedFile) -> str | None:
    parts = (sheet.rows_accepted, sheet.rows_set_aside, sheet.rows_not_data)
    if sheet.rows_read is None or any(p is None or p < 0 for p in parts):
        return f"counts missing or negative: {sheet.rows_read}, {parts}"
    if sheet.status not in {"read", "unrecognised"}:
        return None
    rows = parsed.rows(sheet.sheet_no)
    expected = sheet.rows_accepted if sheet.status == "read" else sheet.rows_set_aside
    numbers = rows["row_number"]
    if rows.height != expected or rows.height + (sheet.rows_not_data or 0) != sheet.rows_read:
        return f"{rows.height} rows, {expected} expected, {sheet.rows_read} read"
    if not numbers.is_sorted() or not numbers.is_unique().all():
        return "row numbers are not in order"
    # Lists that stand below each other count their own rows; the numbers are those of the sheet.
    of_sheet = sum(other.rows_read or 0 for other in parsed.sheets if other.raw_no == sheet.raw_no)
    if rows.height and not numbers.is_between(1, of_sheet).all():
        return "row numbers beyond the sheet"
    return None

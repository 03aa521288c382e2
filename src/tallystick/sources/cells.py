"""SQL for one delivered cell: text to exact decimal, text to UTC time.

Casting text straight to DECIMAL(38,18) computes with 128 bits and is the dearest thing in an ingest (1.7 CPU-seconds
for a million cells, 8 microseconds for one with an exponent). Almost every amount fits DECIMAL(18,n), which costs a
thirtieth, so each text takes the narrowest type that holds it exactly by its length alone, and only the rest the wide
one. Exponents are written out in plain digits first.
"""

from __future__ import annotations

from collections.abc import Sequence

_FAR = 400
"""Places beyond which an exponent is not written out: such a number is too large, or nothing."""
_WIDE = "DECIMAL(38,18)"
_NO_TEXTS = "CAST(NULL AS VARCHAR[])"
REFUSAL = "tallystick-refusal"
"""First word of the errors that our own statements raise: REFUSAL, reason, column and value follow, split by U+001F."""


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def has_exponent(cell: str) -> str:
    """Whether a text cell may be in exponent notation (or is a word)."""
    return f"(contains({cell}, 'e') OR contains({cell}, 'E'))"


def decimal(cell: str, written_out: str) -> str:
    """A text cell as DECIMAL(38,18): NULL when it is not a number or does not fit.

    ``written_out`` is the cell's text without exponent, from :func:`write_out`.
    """
    wide = f"TRY_CAST({cell} AS {_WIDE})"
    return (
        f"CASE WHEN {has_exponent(cell)} THEN TRY_CAST({written_out} AS {_WIDE})"
        # 10 characters hold at most 9 decimals, 18 without a leading point at most 16.
        f" WHEN strlen({cell}) <= 10 THEN coalesce(CAST(TRY_CAST({cell} AS DECIMAL(18,9)) AS {_WIDE}), {wide})"
        f" WHEN strlen({cell}) <= 18 AND NOT starts_with({cell}, '.')"
        f" THEN coalesce(CAST(TRY_CAST({cell} AS DECIMAL(18,16)) AS {_WIDE}), {wide})"
        f" WHEN strlen({cell}) <= 20 AND starts_with({cell}, '0.')"
        f" THEN CAST(TRY_CAST({cell} AS DECIMAL(18,18)) AS {_WIDE})"
        f" ELSE {wide} END"
    )


def write_out(cells: Sequence[str]) -> str:
    """The number cells of a row as a list of texts without exponent; NULL for a row of short, plain numbers."""
    if not cells:
        return _NO_TEXTS
    unusual = " OR ".join(f"strlen({cell}) > 20" for cell in cells)
    together = f"concat({', '.join(cells)})"
    return (
        f"CASE WHEN {unusual} OR {has_exponent(together)}"
        f" THEN list_transform([{', '.join(cells)}], lambda cell: {_plain('cell')}) END"
    )


def too_fine(labels: Sequence[str], written_out: str) -> str:
    """Those of ``labels`` whose cell in the list ``written_out`` has more than 18 decimals, as a list or NULL.

    Such numbers are rounded half away from zero.
    """
    if not labels:
        return _NO_TEXTS
    decimals = f"strlen(rtrim(split_part({written_out}[i], '.', 2), '0'))"
    listed = ", ".join(quoted(label) for label in labels)
    return f"CASE WHEN {written_out} IS NOT NULL THEN list_filter([{listed}], lambda label, i: {decimals} > 18) END"


def _plain(cell: str) -> str:
    """A text cell without exponent: ``-4.5e-07`` gives ``-0.00000045``. Other texts stay as they are."""
    mantissa = f"ltrim(split_part(lower({cell}), 'e', 1), '+-')"
    whole, fraction = f"split_part({mantissa}, '.', 1)", f"split_part({mantissa}, '.', 2)"
    point = f"strlen({whole}) + TRY_CAST(split_part(lower({cell}), 'e', 2) AS INTEGER)"
    sign = f"if(starts_with({cell}, '-'), '-', '')"
    digits = f"concat({whole}, {fraction})"
    leading = f"rpad('', CAST(least(-({point}), {_FAR}) AS INTEGER), '0')"
    before = f"rpad({digits}, CAST(least({point}, {_FAR}) AS INTEGER), '0')"
    return (
        f"CASE WHEN NOT {has_exponent(cell)} OR {point} IS NULL OR {digits} = '' THEN {cell}"
        f" WHEN {point} <= 0 THEN concat({sign}, '0.', {leading}, {digits})"
        f" ELSE concat({sign}, {before}, '.', substr({digits}, {point} + 1)) END"
    )


def not_a_number(cell: str, number: str) -> str:
    """Whether a text cell gave no number."""
    return f"{number} IS NULL AND {cell} IS NOT NULL"


def refuse_too_large(cell: str, column: str, otherwise: str) -> str:
    """Stop the statement for a number that does not fit; ``otherwise`` for a text that is no number."""
    numeric = "'^\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*$'"
    stop = refuse("the number is too large; at most 20 digits before the point can be kept", column, cell)
    return f"CASE WHEN regexp_matches({cell}, {numeric}) THEN {stop} ELSE {otherwise} END"


def timestamp(cell: str) -> str:
    """A text cell as UTC TIMESTAMP in any of the known spellings; NULL when it is none.

    DuckDB's cast to TIMESTAMP drops an offset without a word, so only texts that cannot have one take it.
    """
    tidy = f"regexp_replace({cell}, '\\s*(UTC|GMT)$', '')"
    offset = f"regexp_replace({tidy}, '\\s*([+-]\\d\\d):?(\\d\\d)$', '\\1:\\2')"
    formats = "['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%Y%m%dT%H%M%S.%fZ', '%Y-%m-%dT%H:%MZ', '%Y-%m-%d %H:%M']"
    return (
        f"coalesce(CASE WHEN suffix({cell}, 'Z') THEN TRY_CAST({cell} AS TIMESTAMP)"
        f" WHEN strlen({cell}) <= 19 OR suffix({cell}, '+00:00') THEN TRY_CAST({cell} AS TIMESTAMP) END,"
        f" make_timestamp(epoch_us(TRY_CAST(CASE WHEN regexp_matches({tidy}, '[T ]\\d\\d:.*[+-]\\d\\d(:?\\d\\d)?$')"
        f" THEN {offset} ELSE {tidy} || '+00:00' END AS TIMESTAMPTZ))),"
        f" try_strptime({tidy}, {formats}))"
    )


def offset_problem(cell: str) -> str:
    """Whether a text cell names an offset other than UTC."""
    return f"regexp_matches({cell}, '[T ]\\d\\d:.*[+-]\\d\\d') AND NOT regexp_matches({cell}, '[+-]00(:?00)?( UTC)?$')"


def refuse(reason: str, column: str, cell: str) -> str:
    """An expression that stops the statement because of a cell."""
    return f"error(concat_ws(chr(31), {quoted(REFUSAL)}, {quoted(reason)}, {quoted(column)}, coalesce({cell}, '')))"

"""SQL for one delivered cell: text to exact decimal, text to UTC time.

Casting text straight to DECIMAL(38,18) computes with 128 bits and is the dearest thing in an ingest (1.7 CPU-seconds
for a million cells, 8 microseconds for one with an exponent). Almost every amount fits DECIMAL(18,n), which costs a
thirtieth, so each text takes the narrowest type that holds it exactly by its length alone, and only the rest the wide
one. Exponents are written out in plain digits first.
"""

from __future__ import annotations

_WIDE = "DECIMAL(38,18)"
REFUSAL = "tallystick-refusal"
"""First word of the errors that our own statements raise: REFUSAL, reason, column and value follow, split by U+001F."""


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def has_exponent(cell: str) -> str:
    """Whether a text cell may be in exponent notation (or is a word)."""
    return f"(contains({cell}, 'e') OR contains({cell}, 'E'))"


def decimal(cell: str) -> str:
    """A text cell as DECIMAL(38,18): NULL when it is not a number or does not fit."""
    wide = f"TRY_CAST({cell} AS {_WIDE})"
    return (
        f"CASE WHEN {has_exponent(cell)} THEN TRY_CAST({plain(cell)} AS {_WIDE})"
        # 10 characters hold at most 9 decimals, 18 without a leading point at most 16.
        f" WHEN strlen({cell}) <= 10 THEN coalesce(CAST(TRY_CAST({cell} AS DECIMAL(18,9)) AS {_WIDE}), {wide})"
        f" WHEN strlen({cell}) <= 18 AND NOT starts_with({cell}, '.')"
        f" THEN coalesce(CAST(TRY_CAST({cell} AS DECIMAL(18,16)) AS {_WIDE}), {wide})"
        f" WHEN strlen({cell}) <= 20 AND starts_with({cell}, '0.')"
        f" THEN CAST(TRY_CAST({cell} AS DECIMAL(18,18)) AS {_WIDE})"
        f" ELSE {wide} END"
    )


def plain(cell: str) -> str:
    """A text cell without exponent: ``-4.5e-07`` gives ``-0.00000045``. Other texts stay as they are."""
    mantissa = f"ltrim(split_part(lower({cell}), 'e', 1), '+-')"
    places = f"-TRY_CAST(split_part(lower({cell}), 'e', 2) AS TINYINT)"
    whole, fraction = f"split_part({mantissa}, '.', 1)", f"split_part({mantissa}, '.', 2)"
    sign = f"if(starts_with({cell}, '-'), '-', '')"
    return (
        f"CASE WHEN {has_exponent(cell)} AND {places} >= strlen({whole})"
        f" THEN concat({sign}, '0.', lpad({whole}, {places}, '0'), {fraction}) ELSE {cell} END"
    )


def problem(cell: str, number: str, column: str, described: str) -> tuple[str, str]:
    """A cheap test that something may be wrong with a number, and the text of what is (NULL: nothing).

    ``cell`` is its text, ``number`` the decimal made of it, ``column`` the delivered name for errors and
    ``described`` the one for findings. A number too large for DECIMAL(38,18) raises a refusal.
    """
    decimals = f"strlen(rtrim(split_part({plain(cell)}, '.', 2), '0'))"
    numeric = "'^\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*$'"
    suspicious = f"({number} IS NULL AND {cell} IS NOT NULL OR strlen({cell}) > 20 OR {has_exponent(cell)})"
    text = (
        f"CASE WHEN {cell} IS NULL THEN NULL"
        f" WHEN {number} IS NULL AND regexp_matches({cell}, {numeric})"
        f" THEN {refuse('the number is too large; at most 20 digits before the point can be kept', column, cell)}"
        f" WHEN {number} IS NULL THEN {quoted(described + ': not a number')}"
        f" WHEN {decimals} > 18 THEN {quoted(described + ': more than 18 decimals')} END"
    )
    return suspicious, text


def timestamp(cell: str) -> str:
    """A text cell as UTC TIMESTAMP in any of the known spellings; NULL when it is none.

    DuckDB's cast to TIMESTAMP drops an offset without a word, so only texts that cannot have one take it.
    """
    certain = f"suffix({cell}, 'Z') OR suffix({cell}, '+00:00') OR strlen({cell}) <= 19"
    tidy = f"regexp_replace({cell}, '\\s*(UTC|GMT)$', '')"
    offset = f"regexp_replace({tidy}, '\\s*([+-]\\d\\d):?(\\d\\d)$', '\\1:\\2')"
    formats = "['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%Y%m%dT%H%M%S.%fZ', '%Y-%m-%dT%H:%MZ', '%Y-%m-%d %H:%M']"
    return (
        f"coalesce(CASE WHEN {certain} THEN TRY_CAST({cell} AS TIMESTAMP) END,"
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

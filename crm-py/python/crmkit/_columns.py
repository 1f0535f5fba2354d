"""A mapping of lists as columns: one kind for each list, and its cells as plain numbers and texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

Column = tuple[str, str, list[Any]]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)


def columns(table: Mapping[str, Sequence[Any]]) -> list[Column]:
    """The columns of a mapping of lists of one length."""
    found: list[Column] = []
    for name, values in table.items():
        if not isinstance(name, str):
            raise TypeError(f"the column name {name!r} is not text")
        if isinstance(values, (str, bytes)) or not isinstance(values, Sequence):
            raise TypeError(f"column {name!r} is a {type(values).__name__}: expected a list of cells")
        if found and len(values) != len(found[0][2]):
            raise ValueError(f"column {name!r} has {len(values)} rows where {found[0][0]!r} has {len(found[0][2])}")
        found.append(_column(name, values))
    return found


def _column(name: str, values: Sequence[Any]) -> Column:
    kinds: dict[str, int] = {}
    for row, value in enumerate(values):
        if value is not None:
            kinds.setdefault(_kind(name, row, value), row)
    if kinds.keys() == {"integer", "decimal"}:
        # A whole number is a decimal, too.
        kinds = {"decimal": 0}
    if len(kinds) > 1:
        (first, a), (second, b) = list(kinds.items())[:2]
        raise TypeError(f"column {name!r} mixes {first} (row {a}) and {second} (row {b})")
    kind = next(iter(kinds), "null")
    if kind == "null":
        return name, kind, list(values)
    if kind == "decimal":
        return _decimals(name, values)
    return name, kind, [None if value is None else _cell(kind, value) for value in values]


def _kind(name: str, row: int, value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, (str, UUID)):
        return "text"
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise TypeError(f"column {name!r}, row {row}: {value!r} is no number")
        return "decimal"
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise TypeError(f"column {name!r}, row {row}: {value!r} is naive: give it a tzinfo")
        return "instant"
    if isinstance(value, date):
        return "date"
    if isinstance(value, float):
        return "float"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "texts"
    raise TypeError(f"column {name!r}, row {row}: no field takes a {type(value).__name__}")


def _cell(kind: str, value: Any) -> Any:
    if kind == "text":
        return str(value)
    if kind == "instant":
        return (value - _EPOCH) // _MICROSECOND
    if kind == "date":
        return value.toordinal() - _EPOCH_DAY
    if kind == "texts":
        return sorted(value) if isinstance(value, (set, frozenset)) else list(value)
    return value


def _decimals(name: str, values: Sequence[Any]) -> Column:
    exact = [None if value is None else Decimal(value) for value in values]
    # `as_tuple` of a finite decimal has an integer exponent.
    places = [-int(value.as_tuple().exponent) for value in exact if value is not None]
    scale = max(0, *places)
    if scale > 38:
        raise ValueError(f"column {name!r} has {scale} decimal places: expected at most 38")
    units = [None if value is None else _units(value, scale) for value in exact]
    if any(n is not None and abs(n) >= 10**38 for n in units):
        raise ValueError(f"column {name!r} has an amount of more than 38 digits")
    return name, f"decimal{scale}", units


def _units(value: Decimal, scale: int) -> int:
    numerator, denominator = value.as_integer_ratio()
    return numerator * int(10**scale) // denominator

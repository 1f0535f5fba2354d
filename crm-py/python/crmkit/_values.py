"""Python values on their way into JSON, and back by the type of their field."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID


def encode(value: Any) -> bytes:
    """JSON for the native module: decimals as text, aware datetimes as RFC 3339, dates and UUIDs as text."""
    # A lone surrogate reaches the native module as it is, which refuses it as text that is not UTF-8.
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, Mapping):
        return {_key(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, (set, frozenset)):
        return sorted(_plain(inner) for inner in value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float: use an int, a decimal.Decimal or text")
    raise TypeError(f"{value!r} is of type {type(value).__name__}, which no field takes")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"the key {key!r} is not text")
    return key


def decimal_text(value: Decimal) -> str:
    """Plain digits, without exponent."""
    if not value.is_finite():
        raise TypeError(f"{value!r} is no number")
    return format(value, "f")


def instant(value: datetime | str) -> str:
    """RFC 3339, from an aware datetime or from such text."""
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is not a datetime")
    if value.utcoffset() is None:
        raise TypeError(f"{value!r} is naive: give it a tzinfo, for example timezone.utc")
    return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def read(value: Any, kind: str | None) -> Any:
    """A value out of JSON by the type of its field.

    A value of another form comes as it is: it was stored before its field was declared anew with this type.
    """
    reader = _READERS.get(kind or "")
    if reader is None or value is None:
        return value
    try:
        return reader(value)
    except (TypeError, ValueError, KeyError):
        return value


def _matched(value: Any, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise ValueError(f"{value!r} is of another form")
    return value


def _decimal(value: Any) -> Decimal:
    return Decimal(_matched(value, _NUMBER))


def _money(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
        raise ValueError(f"{value!r} is no amount in a currency")
    return {"amount": _decimal(value["amount"]), "currency": value["currency"]}


# The constructors of Python take more than the JSON forms, and which more depends on the version.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?Z")

_READERS: dict[str, Callable[[Any], Any]] = {
    # Python before 3.11 does not read `Z`.
    "instant": lambda value: datetime.fromisoformat(_matched(value, _INSTANT).replace("Z", "+00:00")),
    "date": lambda value: date.fromisoformat(_matched(value, _DATE)),
    "number": _decimal,
    "money": _money,
}


class Fields:
    """The types of every record's fields."""

    def __init__(self, types: str) -> None:
        self._types: dict[str, dict[str, str]] = json.loads(types)

    def of(self, record: str) -> dict[str, str]:
        """The types of one record's fields by name."""
        return self._types.get(record, {})

    def row(self, record: str, row: dict[str, Any]) -> dict[str, Any]:
        """A row with typed values."""
        types = self.of(record)
        typed = {name: read(value, types.get(name)) for name, value in row.items() if name != "custom"}
        if "custom" in row:
            typed["custom"] = {n: read(v, types.get(f"custom.{n}")) for n, v in row["custom"].items()}
        return typed

    def change(self, change: dict[str, Any]) -> dict[str, Any]:
        """A change with the typed values before and after it."""
        types = self.of(change.get("record", ""))
        fields = {n: [read(v, types.get(n)) for v in pair] for n, pair in change.get("fields", {}).items()}
        return {**change, "fields": fields}

    def score(self, score: dict[str, Any]) -> dict[str, Any]:
        """A lead's score with typed instants and evidence."""
        types = self.of("lead")

        def evidence(item: dict[str, Any]) -> dict[str, Any]:
            typed = dict(item)
            if "field" in item and "value" in item:
                typed["value"] = read(item["value"], types.get(item["field"]))
            if "at" in item:
                typed["at"] = read(item["at"], "instant")
            return typed

        def reason(item: dict[str, Any]) -> dict[str, Any]:
            if "evidence" not in item:
                return item
            return {**item, "evidence": [evidence(e) for e in item["evidence"]]}

        typed = dict(score)
        for name in ("at", "next_change_at"):
            if name in typed:
                typed[name] = read(typed[name], "instant")
        if "reasons" in typed:
            typed["reasons"] = [reason(r) for r in typed["reasons"]]
        return typed

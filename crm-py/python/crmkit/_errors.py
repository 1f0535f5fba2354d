"""What can go wrong, as exceptions."""

from __future__ import annotations

import json
from typing import Any


class CrmError(Exception):
    """A command, rule or table that was refused, or a store that failed. Nothing half done is left behind."""

    code: str
    """The stable name, for example ``unknown_field``."""
    number: int
    """The stable number, the status of the C door."""
    field: str | None
    """Where: the path of the field, for example ``lead_score.fit.groups[0].id``."""
    detail: Any
    """Data for programs where there is more to say, for example both sides of a conflict."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.code = document["code"]
        self.number = document["number"]
        self.field = document.get("field")
        self.detail = document.get("detail")
        self._hint: str | None = document.get("hint")
        super().__init__(self.message("en") if self.field is None else f"{self.field}: {self.message('en')}")

    def message(self, lang: str = "en") -> str:
        """The sentence in English (``en``) or French (``fr``)."""
        messages: dict[str, str] = self._document["message"]
        if lang not in messages:
            raise ValueError(f"`lang` is {lang!r}: expected 'en' or 'fr'")
        return messages[lang]

    def __reduce__(self) -> tuple[type[CrmError], tuple[dict[str, Any]]]:
        return type(self), (self._document,)


class InvalidInput(CrmError, ValueError):
    """Something in the input that the library does not take; `field` says where."""


class NotFound(CrmError, LookupError):
    """No such record in this workspace."""


class Conflict(CrmError):
    """Somebody else changed the same thing, took the id, or used the command id for another command."""


class Forbidden(CrmError, PermissionError):
    """The actor's role does not allow it."""


class StorageError(CrmError, OSError):
    """The store failed; nothing that was acknowledged is lost."""


class Busy(StorageError):
    """Somebody else holds the store; nothing was changed, and trying again may help."""


_CLASSES: dict[str, type[CrmError]] = {
    **dict.fromkeys(
        (
            "invalid_json",
            "invalid_text",
            "invalid_value",
            "unknown_field",
            "unknown_command",
            "invalid_rules",
            "too_large",
            "invalid_csv",
            "invalid_arrow",
            "needs_choice",
            "missing",
        ),
        InvalidInput,
    ),
    "not_found": NotFound,
    **dict.fromkeys(("already_exists", "conflict", "command_reused", "wrong_state"), Conflict),
    "forbidden": Forbidden,
    "busy": Busy,
    **dict.fromkeys(("storage_full", "storage_failed", "corrupt", "newer_schema"), StorageError),
}


def of(document: str) -> CrmError:
    """The exception of an error as the native module gives it."""
    read: dict[str, Any] = json.loads(document)
    return _CLASSES.get(read["code"], CrmError)(read)

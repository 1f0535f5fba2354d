"""What a table of results, or a stream of one, says about itself."""

from __future__ import annotations

import json
from typing import Any, Generic, Protocol, TypeVar


class _Native(Protocol):
    def columns(self) -> list[str]: ...
    def metadata(self, key: str) -> str | None: ...
    def __arrow_c_schema__(self) -> object: ...


N = TypeVar("N", bound=_Native)


class Described(Generic[N]):
    """The columns of a result and the notes in its schema."""

    _native: N

    def __arrow_c_schema__(self) -> object:
        """The schema as a capsule."""
        return self._native.__arrow_c_schema__()

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._native.columns()

    @property
    def read(self) -> list[tuple[str, str]]:
        """The columns that rules read, each with the field that it feeds."""
        return [(column, field) for column, field in self._note("crmkit.read")]

    @property
    def ignored(self) -> list[str]:
        """The columns that no rule reads."""
        return list(self._note("crmkit.ignored"))

    def _note(self, key: str) -> Any:
        return json.loads(self._native.metadata(key) or "[]")


class ScoreDescribed(Described[N]):
    """The same of scores, which come from a model."""

    @property
    def model(self) -> str:
        """The score model, as ``id@version``."""
        return self._native.metadata("crmkit.model") or ""

    @property
    def reason_table(self) -> list[dict[str, Any]]:
        """The list that ``reason_ids`` point into; empty where that column was not asked for."""
        return list(self._note("crmkit.reasons"))

"""A table that is scored while it is read."""

from __future__ import annotations

from crmkit import _native
from crmkit._described import ScoreDescribed
from crmkit._scored import Scored
from crmkit._values import Fields


class ScoreStream(ScoreDescribed[_native.ScoreStream]):
    """A scored table of any size, read once: by whoever takes an Arrow stream, or part by part.

    ``pyarrow.RecordBatchReader.from_stream(stream)`` and DuckDB read it batch by batch, in bounded memory;
    ``for part in stream`` gives tables of at most 65,536 rows, each a `Scored`. Names, schema and model are known
    before anything is read. An exception in `progress` is raised as it is where Python reads the parts; other
    consumers raise their own error with its text.
    """

    def __init__(self, native: _native.ScoreStream, fields: Fields, lang: str | None) -> None:
        self._native = native
        self._fields = fields
        self._lang = lang

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The stream, once: a second call is a RuntimeError; `requested_schema` is not followed."""
        return self._native.__arrow_c_stream__(requested_schema)

    def __iter__(self) -> ScoreStream:
        return self

    def __next__(self) -> Scored:
        part = self._native.next_part()
        if part is None:
            raise StopIteration
        return Scored(part, self._fields, self._lang)

    def __repr__(self) -> str:
        return f"<crmkit.ScoreStream: model {self.model}, columns {', '.join(self.columns)}>"

    def __reduce__(self) -> str:
        raise TypeError("a stream is not pickled: read it into a frame first")

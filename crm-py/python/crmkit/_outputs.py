"""Scored leads on their way into a file: CSV for spreadsheets, Parquet where pyarrow is installed."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from types import TracebackType
from typing import Any

from crmkit import _native
from crmkit._scored import Scored


class Output:
    """A file that is there, whole, once the run ends well; otherwise what was there before stays."""

    def __init__(self, path: str, columns: list[str], bands: Mapping[str, str]) -> None:
        self._columns = columns
        self._bands = dict(bands)
        # A pipe or a device cannot be replaced.
        self._special = os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode)
        self._target = path if self._special else os.path.realpath(path)
        self._path = path if self._special else f"{self._target}.{os.getpid()}.part"
        self._file: Any = None
        self.rows = 0

    def add(self, part: Scored) -> None:
        """Writes the next rows; a file without any is not made."""
        if self._file is None:
            self._file = self._open(part)
        self._write(part)
        self.rows += len(part)

    def _open(self, part: Scored) -> Any:
        file = open(self._path, "w", encoding="utf-8", newline="")
        file.write(_native.csv_record([(False, name) for name in self._columns]))
        return file

    def _write(self, part: Scored) -> None:
        self._file.write(part._native.csv(self._columns, self._bands))

    def __enter__(self) -> Output:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            self._file.close()
            if kind is None and not self._special:
                with suppress(FileNotFoundError):
                    shutil.copymode(self._target, self._path)
                os.replace(self._path, self._target)
        finally:
            if not self._special:
                with suppress(FileNotFoundError):
                    os.unlink(self._path)


class ParquetOutput(Output):
    """The same as Parquet. Bands stay ids, and cells keep their types."""

    def _open(self, part: Scored) -> Any:
        pyarrow: Any = import_module("pyarrow")
        schema = pyarrow.schema([pyarrow.schema(part).field(name) for name in self._columns])
        return import_module("pyarrow.parquet").ParquetWriter(self._path, schema)

    def _write(self, part: Scored) -> None:
        pyarrow: Any = import_module("pyarrow")
        self._file.write_table(pyarrow.table(part).select(self._columns))


def is_parquet(path: str) -> bool:
    """Whether a name is that of a Parquet file."""
    return path.lower().endswith((".parquet", ".pq"))


def has_pyarrow() -> bool:
    """Whether Parquet can be written."""
    try:
        import_module("pyarrow.parquet")
    except ImportError:
        return False
    return True

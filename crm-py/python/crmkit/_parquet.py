"""Parquet files through whatever package is installed: pyarrow, polars or DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

_BATCH_ROWS = 65_536


@dataclass
class ParquetFile:
    """A Parquet file: its columns, how many rows it has, none of them as a frame, and all of them as tables."""

    columns: list[str]
    rows: int
    empty: Callable[[Sequence[str]], Any]
    tables: Callable[[Sequence[str]], Iterator[Any]]


def open_parquet(path: str) -> ParquetFile:
    """Opens a file; an ImportError where none of the packages is installed."""
    for way in (_by_pyarrow, _by_polars):
        try:
            return way(path)
        except ImportError:
            continue
    return _by_duckdb(path)


def _by_pyarrow(path: str) -> ParquetFile:
    pyarrow: Any = import_module("pyarrow")
    file = import_module("pyarrow.parquet").ParquetFile(path)

    def schema(columns: Sequence[str]) -> Any:
        return pyarrow.schema([file.schema_arrow.field(name) for name in columns])

    def tables(columns: Sequence[str]) -> Iterator[Any]:
        batches = file.iter_batches(batch_size=_BATCH_ROWS, columns=list(columns))
        yield pyarrow.RecordBatchReader.from_batches(schema(columns), batches)

    names, rows = list(file.schema_arrow.names), file.metadata.num_rows
    return ParquetFile(names, rows, lambda columns: schema(columns).empty_table(), tables)


def _by_polars(path: str) -> ParquetFile:
    polars: Any = import_module("polars")
    table = polars.scan_parquet(path, glob=False)
    empty = table.head(0).collect()
    rows = int(table.select(polars.len()).collect().item())

    def tables(columns: Sequence[str]) -> Iterator[Any]:
        yield from table.select(columns).collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True)

    return ParquetFile(empty.columns, rows, empty.select, tables)


def _by_duckdb(path: str) -> ParquetFile:
    duckdb: Any = import_module("duckdb")
    table = duckdb.connect().read_parquet(path)
    (rows,) = table.aggregate("count(*)").fetchall()[0]

    def chosen(columns: Sequence[str]) -> Any:
        return table.select(*(duckdb.ColumnExpression(name) for name in columns))

    def tables(columns: Sequence[str]) -> Iterator[Any]:
        yield chosen(columns)

    return ParquetFile(list(table.columns), int(rows), lambda columns: chosen(columns).limit(0), tables)

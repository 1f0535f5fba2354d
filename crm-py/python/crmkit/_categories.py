"""The categories of polars frames, taken as polars holds them."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

from crmkit import _native

_ROWS_OF_A_CATEGORY = 64


def places(table: object) -> object:
    """A polars frame with its categories as the numbers that they are, and the list of their texts once.

    An Arrow stream has a dictionary for every column, which polars would make anew from every row. Any other table, and
    one with too few rows for the list, stays as it is.
    """
    polars: Any = sys.modules.get("polars")
    if not isinstance(table, getattr(polars, "DataFrame", ())):
        return table
    frame: Any = table
    columns = [name for name, kind in frame.schema.items() if _is_global(kind, polars)]
    if not columns:
        return table
    # In every chunk of the frame, the texts are looked at once.
    most = len(frame) // frame.n_chunks() // _ROWS_OF_A_CATEGORY
    numbers = frame.with_columns([frame[name].to_physical() for name in columns])
    texts = list(islice(frame.schema[columns[0]].categories, most + 1))
    return _native.Coded(numbers, columns, texts) if len(texts) <= most else table


def _is_global(kind: Any, polars: Any) -> bool:
    """Whether a column's categories are those that all frames share: others have a name, which the result keeps."""
    if not isinstance(kind, polars.Categorical):
        return False
    categories: Any = getattr(kind, "categories", None)
    return hasattr(categories, "__iter__") and hasattr(categories, "is_global") and bool(categories.is_global())

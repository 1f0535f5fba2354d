"""Answers of every competitor in one form, and what is compared of them.

One row is eight bytes: score, grade (0 to 3 for A to D), the numbers of the three weightiest rules (0 for none), and
their points."""

import hashlib
import os

import numpy as np


def normal(answer):
    """Rows of eight bytes from what the workloads' scripts answer: arrays, a polars frame, an Arrow table or a list of
    tuples."""
    if isinstance(answer, tuple):
        score, grade, ids, points = answer
        return rows(score, grade, ids, points)
    if isinstance(answer, list):
        flat = np.zeros((len(answer), 8), np.int64)
        for row, (score, grade, reasons) in zip(flat, answer):
            row[:2] = score, grade
            for place, (rule, points) in enumerate(reasons):
                row[2 + place], row[5 + place] = rule, points
        return flat.astype(np.int8)
    columns = answer.column_names if hasattr(answer, "column_names") else answer.columns
    if "r" in columns:
        item = lambda name, place: answer[name].list.get(place, null_on_oob=True).fill_null(0)  # noqa: E731
        ids, points = ([item(name, place) for place in range(3)] for name in ("r", "p"))
    else:
        ids, points = ([answer[f"{name}{place}"] for place in range(3)] for name in ("r", "p"))
    return rows(answer["score"], answer["grade"], ids, points)


def rows(score, grade, ids, points):
    """Rows of eight bytes from eight columns."""
    return np.stack([np.asarray(column).astype(np.int8) for column in (score, grade, *ids, *points)], axis=1)


def summary(rows):
    """What competitors are compared by: check sums as in `w1_spec.EXPECT_1M`, and digests of all rows and of the first
    few, which change with any byte of any row."""
    some = [int(n) for n in os.environ.get("COMPARE_FIRST_ROWS", "").split(",") if n]
    return {
        "rows": len(rows),
        "sums": sums(rows),
        "digest": digest(rows),
        "first": {str(n): digest(rows[:n]) for n in some if n <= len(rows)},
    }


def sums(rows):
    """Sum of scores, count of each grade, weighted sum of rule numbers, sum of points."""
    columns = rows.astype(np.int64).sum(axis=0)
    grades = np.bincount(rows[:, 1], minlength=4).tolist()
    return [int(columns[0]), grades, int(columns[2:5] @ (1, 31, 961)), int(columns[5:8].sum())]


def digest(rows):
    """Of the rows in their order."""
    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()

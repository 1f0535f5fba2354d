"""Answers of every competitor in one form for each workload, and what is compared of them.

A form is a class with `normal` (an array with a row for each row of the input, whatever the script answered) and
`sums` (what does not depend on the order of rows). Scripts may answer something else than the workload publishes, as
their own `run` took it: arrays, frames, lists, tuples."""

import hashlib
import os
from decimal import Decimal, getcontext

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Sums of weighted amounts have more digits than Python takes by itself.
getcontext().prec = 60


class W1:
    """One row is eight bytes: score, grade (0 to 3 for A to D), the numbers of the three weightiest rules (0 for
    none), and their points."""

    @classmethod
    def normal(cls, answer):
        if isinstance(answer, tuple):
            score, grade, ids, points = answer
            return cls.rows(score, grade, ids, points)
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
        return cls.rows(answer["score"], answer["grade"], ids, points)

    @staticmethod
    def rows(score, grade, ids, points):
        """Rows of eight bytes from eight columns."""
        return np.stack([np.asarray(column).astype(np.int8) for column in (score, grade, *ids, *points)], axis=1)

    @staticmethod
    def sums(rows):
        """Sum of scores, count of each grade, weighted sum of rule numbers, sum of points."""
        columns = rows.astype(np.int64).sum(axis=0)
        grades = np.bincount(rows[:, 1], minlength=4).tolist()
        return [int(columns[0]), grades, int(columns[2:5] @ (1, 31, 961)), int(columns[5:8].sum())]


class W2:
    """One row for each manager, month and category: count, and the exact sums of amounts (in 10^-8) and of weighted
    amounts (in 10^-12), as text in order."""

    CATEGORIES = ("omitted", "pipeline", "best_case", "commit")

    @classmethod
    def normal(cls, answer):
        managers = answer[1] if isinstance(answer, tuple) else answer
        if hasattr(managers, "reset_index"):
            managers = managers.reset_index().itertuples(index=False, name=None)
        elif hasattr(managers, "rows"):
            managers = managers.rows()
        return cls.rows(managers)

    @classmethod
    def rows(cls, rows):
        """Rows of manager, month (counted from January 2024, or with its year), category (or its place) and sums."""
        texts = []
        for manager, month, category, count, amount, weighted in rows:
            month = int(month) - (2024 * 12 + 1 if month > 2024 else 0)
            place = category if isinstance(category, int) else cls.CATEGORIES.index(str(category))
            units = [int(Decimal(value).scaleb(places)) for value, places in ((amount, 8), (weighted, 12))]
            texts.append("|".join(map(str, (int(manager), month, place, int(count), *units))))
        return np.array(sorted(texts), dtype="S")

    @staticmethod
    def sums(rows):
        """How many rows there are, and the sums of all."""
        numbers = [[int(part) for part in row.decode().split("|")[3:]] for row in rows]
        return [len(rows), *(str(sum(column)) for column in zip(*numbers))]


class W2b:
    """P10, P50 and P90 of what will close."""

    # By convolution on ever finer lattices, until nothing moved; with the standard deviation of each sum.
    TRUTH = {
        200: (2410078.91, 3185613.71, 4034829.86),
        2_000: (26003662.70, 29039951.99, 32168767.34),
    }

    @classmethod
    def error(cls, answer, n):
        """How far off, in standard deviations as P90 and P10 of a normal distribution give it."""
        low, _, high = truth = cls.TRUTH[n]
        deviation = (high - low) / 2.5631
        return ", ".join(f"{abs(float(got) - true) / deviation:.1e}" for got, true in zip(answer, truth))


class W3:
    """One row is the number of the rule that routes it; 65,535 where none does."""

    @staticmethod
    def normal(answer):
        columns = getattr(answer, "columns", [])
        for name in ("rule", "id"):
            if name in columns:
                answer = answer[name]
        rules = np.ma.filled(np.asarray(answer), 65_535) if np.ma.isMaskedArray(answer) else np.asarray(answer)
        return rules.astype(np.uint16)

    @staticmethod
    def sums(rules):
        """How many rows have a rule, and the sum of the rules' numbers."""
        routed = rules[rules < 65_535].astype(np.int64)
        return [len(routed), int(routed.sum())]


class W4:
    """One row is a ticket: seconds since 1970 at which it is due, or working seconds that it took."""

    @staticmethod
    def normal(answer):
        if hasattr(answer, "columns") or isinstance(answer, dict):
            order = np.argsort(np.asarray(answer["id"]), kind="stable")
            answer = np.asarray(answer["due"])[order]
        return np.asarray(answer).astype(np.int64)

    @staticmethod
    def sums(rows):
        """The sum of all."""
        return [int(rows.sum())]


class W5:
    """One row is the numbers of its three groups, counted as they come: by e-mail address, by phone number, by company
    and domain; -1 where a row has no such key.

    Where the workload and crmkit see things differently, nothing is compared: phone numbers with an extension (which is
    part of crmkit's key), and companies by addresses at Gmail (whether `googlemail.com` is `gmail.com` there)."""

    @classmethod
    def normal(cls, answer):
        columns = [np.nan_to_num(np.asarray(column, dtype=np.float64), nan=-1).astype(np.int64) for column in answer]
        for place, column, pattern in ((1, "phone", "ext[.]"), (2, "email", "@(gmail|googlemail)[.]com *$")):
            columns[place] = counted(np.where(cls._like(column, pattern, len(columns[place])), -1, columns[place]))
        return np.stack(columns, axis=1)

    @staticmethod
    def _like(column, pattern, rows):
        with pa.memory_map("data/contacts_1000000.arrow") as file:
            texts = pa.ipc.open_file(file).read_all()[column].slice(0, rows)
        return np.asarray(pc.match_substring_regex(texts, pattern, ignore_case=True).fill_null(False))

    @staticmethod
    def sums(groups):
        """How many groups there are, and how many rows are in one."""
        return [(groups.max(axis=0, initial=-1) + 1).tolist(), (groups >= 0).sum(axis=0).tolist()]


def counted(groups):
    """The same groups, numbered as they come; -1 stays."""
    values, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    order = np.argsort(first[values >= 0])
    numbers = np.full(len(values), -1)
    numbers[np.flatnonzero(values >= 0)[order]] = np.arange(len(order))
    return numbers[inverse]


FORMS = {"W1": W1, "W2": W2, "W2b": W2b, "W3": W3, "W4": W4, "W5": W5}


def summary(form, rows):
    """What competitors are compared by: the form's check sums, and digests of all rows and of the first few, which
    change with any byte of any row."""
    some = [int(n) for n in os.environ.get("COMPARE_FIRST_ROWS", "").split(",") if n]
    return {
        "rows": len(rows),
        "sums": form.sums(rows),
        "digest": digest(rows),
        "first": {str(n): digest(rows[:n]) for n in some if n <= len(rows)},
    }


def digest(rows):
    """Of the rows in their order."""
    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()

"""Files of leads of any size, scored part by part: CSV exports, and Parquet through whatever package reads it."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from crmkit import _native
from crmkit._bar import Bar
from crmkit._errors import CrmError, InvalidInput
from crmkit._parquet import ParquetFile, open_parquet
from crmkit._rules import Rules
from crmkit._scored import Scored
from crmkit._texts import Texts
from crmkit._values import encode

_READING = ("encoding", "delimiter", "decimal", "date_order", "currency", "map")
_SHOWN_REFUSED = 10
_PARQUET_MARK = b"PAR1"


@dataclass
class How:
    """What is asked of the rules, and of every part."""

    at: str
    lang: str
    reasons: str
    threads: int
    columns: list[str] = field(default_factory=list)
    keep: str | list[str] = "all"


class Refused(Exception):
    """A file or an option that is not taken, with the exit status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class CsvSource:
    """Any CRM's export. Its columns are those of the fields that the file feeds."""

    def __init__(self, options: argparse.Namespace, path: str, rules: Rules, texts: Texts, bar: Bar) -> None:
        self._rules, self._texts, self._bar = rules, texts, bar
        self._shown = os.path.basename(options.file)
        self._zone = options.zone
        reading = {name: getattr(options, name) for name in _READING}
        # A host's choice, which the output tells: the library itself reads no time without a zone.
        reading["zone"] = options.zone or "UTC"
        self._file = _native.LeadFile(path, encode(reading), rules._native)
        self.columns: list[str] = self._file.columns()
        self.mapped: dict[str, str] = {}

    def parts(self, how: How) -> Iterator[Scored]:
        """The rows, scored."""
        self._file.look_over(self._show)
        stream = self._rules.score_stream(
            self._file,
            at=how.at,
            lang=how.lang,  # type: ignore[arg-type]
            keep=how.keep,
            reasons=how.reasons,
            columns=how.columns,
            threads=how.threads,
            progress=self._show,
        )
        try:
            yield from stream
        except CrmError:
            # The stream says that it failed, the file says why.
            self._file.check()
            raise

    def _show(self, rows: int) -> None:
        self._bar.show(rows, self._file.share())

    def read(self, leads: int) -> list[str]:
        """What came in."""
        found = self._summary()
        lines = [self._texts.read(leads, self._shown, found["records"], found["duplicates"], found["repaired"])]
        types = self._rules._fields.of("lead")
        if self._zone is None and any(types.get(name) == "instant" for name in found["fields"]):
            lines.append(self._texts.zone())
        if found["ignored"]:
            lines.append(self._texts.ignored(found["ignored"]))
        if found["forgot"]:
            lines.append(self._texts.forgot())
        return lines

    def refused(self) -> list[str]:
        """What did not."""
        found = self._summary()
        refused: list[tuple[str, int]] = found["refused"]
        if not refused:
            return []
        lines = ["", self._texts.refused(found["rejects"])]
        lines += [f"  {self._texts.alike(first, others)}" for first, others in refused[:_SHOWN_REFUSED]]
        if len(refused) > _SHOWN_REFUSED:
            more = sum(others + 1 for _, others in refused[_SHOWN_REFUSED:])
            lines.append(f"  {self._texts.refused_more(more)}")
        if found["hints"]:
            lines.append(f"  {self._texts.hint(found['hints'])}")
        return lines

    def _summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._file.summary("fr" if self._texts.french else "en"))
        return found


class ParquetSource:
    """A Parquet file, read by pyarrow, polars or DuckDB. Its columns feed the fields of their name, or of `--map`."""

    def __init__(self, options: argparse.Namespace, path: str, rules: Rules, texts: Texts, bar: Bar) -> None:
        for name in ("encoding", "delimiter", "decimal", "date_order"):
            if getattr(options, name) is not None:
                raise Refused(texts.only_csv(f"--{name.replace('_', '-')}"), 2)
        self._rules, self._texts, self._bar = rules, texts, bar
        self._shown = os.path.basename(options.file)
        self._currency, self._zone = options.currency, options.zone
        self._file = _parquet(path, texts)
        chosen = dict(_choice(text, texts) for text in options.map)
        self.columns = [name for name in self._file.columns if chosen.get(name) != "-"]
        self.mapped = {column: name for column, name in chosen.items() if name != "-"}
        for column in chosen:
            if column not in self._file.columns:
                # The rules say which column is missing and which is nearest; the field does not matter.
                rules.score_leads(self._file.empty(self._file.columns), at="2000-01-01T00:00:00Z", map={column: "company"})
        self._said: list[str] = []
        self._unread = 0
        self._first_unread: tuple[int, str] | None = None

    def parts(self, how: How) -> Iterator[Scored]:
        """The rows, scored."""
        asked: dict[str, Any] = {
            "at": how.at,
            "lang": how.lang,
            "map": self.mapped,
            "currency": self._currency,
            "zone": self._zone,
            "keep": how.keep,
            "reasons": how.reasons,
            "columns": [*how.columns, *({"diagnostics"} - set(how.columns))],
            "threads": how.threads,
        }
        asked["zone"], fed = self._look(asked)
        kept = set(self.columns if how.keep == "all" else how.keep)
        rows = 0
        for table in self._file.tables([name for name in self.columns if name in fed or name in kept]):
            for part in self._rules.score_stream(table, **asked):
                self._note(part, rows)
                rows += len(part)
                self._bar.show(rows, rows / max(self._file.rows, 1))
                yield part

    def _look(self, asked: dict[str, Any]) -> tuple[str | None, set[str]]:
        """What the columns alone tell, before a row is read: the zone, and which columns rules read."""
        empty, zone = self._file.empty(self.columns), self._zone
        try:
            looked = self._rules.score_leads(empty, **asked)
        except InvalidInput as error:
            if zone is not None or not (error._hint or "").startswith("--zone"):
                raise
            # A host's choice, which the output tells: the library itself reads no time without a zone.
            zone = "UTC"
            looked = self._rules.score_leads(empty, **{**asked, "zone": zone})
            self._said.append(self._texts.zone())
        fed = {column for column, _ in looked.read}
        money = {column for column in self.columns if column.endswith("_currency")}
        if unused := [name for name in self._file.columns if name not in fed]:
            self._said.append(self._texts.ignored(unused))
        return zone, fed | money | self.mapped.keys()

    def read(self, leads: int) -> list[str]:
        """What came in."""
        return [self._texts.read_table(leads, self._shown), *self._said]

    def refused(self) -> list[str]:
        """The cells that could not be read; their rows are scored all the same."""
        return ["", self._texts.unread(self._unread, *self._first_unread)] if self._first_unread else []

    def _note(self, part: Scored, before: int) -> None:
        count, first = part._native.unread()
        self._unread += count
        if self._first_unread is None and first is not None:
            self._first_unread = (before + first[0] + 1, first[1])


def _parquet(path: str, texts: Texts) -> ParquetFile:
    try:
        return open_parquet(path)
    except ImportError as error:
        raise Refused(texts.no_reader(), 1) from error
    except OSError:
        raise
    except Exception as error:
        # Each package has its own for a file that is broken.
        raise Refused(texts.broken_parquet(str(error)), 1) from error


def _choice(text: str, texts: Texts) -> tuple[str, str]:
    column, _, name = (part.strip() for part in text.rpartition("="))
    if not column or not name:
        raise Refused(texts.no_choice(text), 2)
    return column, name


@contextmanager
def on_disk(path: str) -> Iterator[str]:
    """A file that can be read twice: itself, or a copy of what comes through a pipe."""
    if not os.path.exists(path) or stat.S_ISREG(os.stat(path).st_mode) or os.path.isdir(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="crmkit-") as folder:
        copy = os.path.join(folder, "file")
        with open(path, "rb") as piped, open(copy, "wb") as kept:
            shutil.copyfileobj(piped, kept)
        yield copy


def source(options: argparse.Namespace, path: str, rules: Rules, texts: Texts, bar: Bar) -> CsvSource | ParquetSource:
    """A file by its first bytes."""
    with open(path, "rb") as file:
        parquet = file.read(len(_PARQUET_MARK)) == _PARQUET_MARK
    return (ParquetSource if parquet else CsvSource)(options, path, rules, texts, bar)

"""``python -m crmkit score leads.csv``: a ranked table of leads with their bands and reasons, of files of any size."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timezone
from pathlib import Path

from crmkit._bar import Bar
from crmkit._errors import CrmError
from crmkit._outputs import Output, ParquetOutput, has_pyarrow, is_parquet
from crmkit._ranking import Ranking, name_columns
from crmkit._rules import Rules
from crmkit._sources import How, Refused, on_disk, source
from crmkit._texts import Texts
from crmkit._values import instant

_RESULT = ("score", "band", "grade", "fit", "engagement", "coverage_bp", "reasons", "next_change_at", "diagnostics")
_SHOWN_ROWS = 20


def main(arguments: list[str]) -> int:
    """Runs the command line; gives the exit status: 0, 1 for a file that is refused, 2 for wrong options, 130 for
    Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show an accent shows a mark instead.
            stream.reconfigure(errors="replace")
    try:
        try:
            return _run(_parser().parse_args(arguments))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        # As a shell has it; what was half written is gone.
        return 130
    except BrokenPipeError:
        # Whoever reads has seen enough, which is no failure. The interpreter must not meet the pipe again at its exit.
        _discard_output()
        return 0
    except OSError as error:
        _discard_output()
        _complain(error.strerror or str(error))
        return 1


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(*lines: str) -> None:
    # Nobody may be there to read it; the exit status tells all the same.
    with suppress(BrokenPipeError):
        print("crmkit: " + "\n  ".join(lines), file=sys.stderr)


def _run(options: argparse.Namespace) -> int:
    texts = Texts(options.lang)
    for read in (options.file, options.rules):
        if options.out and read and _same(options.out, read):
            _complain(texts.overwrites(options.out, read))
            return 2
    if options.out and is_parquet(options.out) and not has_pyarrow():
        _complain(texts.no_writer(options.out))
        return 2
    bar = Bar(texts, options.progress)
    try:
        lines = _score(options, texts, bar)
    except Refused as refused:
        bar.close()
        _complain(f"{options.file}: {refused}" if refused.status == 1 else str(refused))
        return refused.status
    except CrmError as error:
        bar.close()
        where = f"{error.field}: " if error.field else ""
        hint = [texts.file_hint(error._hint)] if error._hint else []
        _complain(f"{options.file}: {where}{error.message(options.lang)}", *hint)
        return 1
    except BrokenPipeError:
        raise
    except OSError as error:
        bar.close()
        _complain(f"{error.filename or options.file}: {error.strerror or error}")
        return 1
    finally:
        bar.close()
    # Only now: who reads but the first lines finds the file of `--out` whole all the same.
    for line in lines:
        print(line)
    return 0


def _same(one: str, other: str) -> bool:
    """Whether two paths lead to one file, by whatever links."""
    try:
        return os.path.samefile(one, other)
    except OSError:
        return os.path.realpath(one) == os.path.realpath(other)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crmkit", description="Scores leads, with reasons.")
    commands = parser.add_subparsers(dest="command", required=True)
    score = commands.add_parser("score", help="score leads: a CSV export of any CRM, or a Parquet file, of any size")
    score.add_argument("file", help="the CSV or Parquet file")
    score.add_argument("--rules", metavar="FILE", help="a configuration as JSON; without it, the standard score")
    score.add_argument("--at", help="the instant to score for, as 2026-11-22T09:00:00Z; default: now")
    score.add_argument("--lang", choices=("en", "fr"), default="en", help="the language of the output; default: en")
    score.add_argument("--map", metavar="COLUMN=FIELD", action="append", default=[], help="which column is which field")
    score.add_argument("--currency", help="the currency of amounts that name none, as EUR")
    score.add_argument("--zone", help="the zone of times that name none, as Europe/Paris; default: UTC")
    score.add_argument("--decimal", choices=("point", "comma"), help="CSV: the decimal mark; default: point")
    score.add_argument("--date-order", choices=("day-first", "month-first"), help="CSV: how 03/04/2026 is read")
    score.add_argument("--encoding", choices=("utf-8", "windows-1252"), help="CSV: the encoding; default: utf-8")
    score.add_argument("--delimiter", help="CSV: the delimiter, or `tab`; default: as the header shows")
    top = f"how many leads to show; default: {_SHOWN_ROWS}"
    score.add_argument("--top", type=int, default=_SHOWN_ROWS, metavar="N", help=top)
    score.add_argument("--out", metavar="FILE", help="write all leads with their scores to this CSV or .parquet file")
    kept = "--out: which columns of the leads are written: `all` (the default), `none` or names with commas between them"
    score.add_argument("--keep", metavar="NAMES", type=_names, default="all", help=kept)
    after = f"--out: which columns of the score come after them; default: {', '.join(_RESULT)}"
    score.add_argument("--columns", metavar="NAMES", type=_list, help=after)
    score.add_argument("--reasons", default="all", help="how many reasons a lead gets: `all` (the default), `none` or as `top3`")
    threads = "how many threads score, with the same result; default: 1"
    score.add_argument("--threads", type=int, default=1, metavar="N", help=threads)
    score.add_argument("--progress", action="store_true", help="show how far it is, even where stderr is no terminal")
    return parser


def _names(text: str) -> str | list[str]:
    return text if text in ("all", "none") else _list(text)


def _list(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _score(options: argparse.Namespace, texts: Texts, bar: Bar) -> list[str]:
    """Reads, scores and writes; gives what there is to say."""
    rules = Rules(Path(options.rules).read_bytes() if options.rules else None)
    bands: dict[str, str] = json.loads(rules._native.band_texts(options.lang))
    at = options.at or instant(datetime.now(timezone.utc).replace(microsecond=0))
    written = list(options.columns or _RESULT) if options.out else []
    model = ""
    with on_disk(options.file) as path:
        leads = source(options, path, rules, texts, bar)
        names = name_columns(leads.columns, leads.mapped)
        scored = [*written, *({"score"} - set(written))]
        kept = options.keep if options.out else "none"
        columns = [name for name in (leads.columns if kept == "all" else () if kept == "none" else kept)]
        how = How(at, options.lang, options.reasons, options.threads, scored, "all")
        if kept != "all":
            how.keep = [*columns, *(name for name in names.values() if name not in columns)]
        ranking = Ranking(options.top, options.lang, names, _most(options.reasons))
        with _output(options.out, [*(c for c in columns if c not in scored), *written], bands) as out:
            for part in leads.parts(how):
                model = part.model
                ranking.add(part)
                if out is not None:
                    out.add(part)
        lines = leads.read(ranking.leads)
        if ranking.leads:
            lines += [texts.scored(ranking.leads, model, at), *ranking.table(texts)]
            if out is not None:
                lines.append(texts.written(out.rows, options.out))
        return lines + leads.refused()


def _most(reasons: str) -> int:
    """How many reasons there are to show; the rules say what is wrong with another form."""
    count = reasons.removeprefix("top")
    return 0 if reasons == "none" else int(count) if count.isdecimal() else _SHOWN_ROWS


def _output(path: str | None, columns: list[str], bands: dict[str, str]) -> AbstractContextManager[Output | None]:
    if path is None:
        return nullcontext()
    return (ParquetOutput if is_parquet(path) else Output)(path, columns, bands)

"""Tables larger than memory: scored while they are read; progress, Ctrl-C and what becomes of them."""

import gc
import json
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

import crmkit

AT = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
SIZES = {"size": [24, None, 120, 7], "company": ["a", "b", None, "d"]}


@pytest.fixture(scope="module")
def rules() -> crmkit.Rules:
    return crmkit.Rules()


def batches(count: int, rows: int = 4) -> Any:
    """A reader of so many batches, made one at a time."""
    pyarrow = pytest.importorskip("pyarrow")
    schema = pyarrow.schema({"size": pyarrow.int64(), "company": pyarrow.string()})

    def made() -> Iterator[Any]:
        for i in range(count):
            yield pyarrow.record_batch([[i] * rows, [f"c{i}"] * rows], schema=schema)

    return pyarrow.RecordBatchReader.from_batches(schema, made())


def test_a_stream_gives_what_a_table_gives(rules: crmkit.Rules) -> None:
    whole = rules.score_leads(SIZES, at=AT, lang="fr")
    stream = rules.score_stream(SIZES, at=AT, lang="fr")
    assert (stream.columns, stream.model, stream.read, stream.ignored) == (whole.columns, whole.model, whole.read, whole.ignored)
    assert repr(stream).startswith("<crmkit.ScoreStream: model standard@1, columns size, company, score, ")
    parts = list(stream)
    assert [row for part in parts for row in part.to_dicts()] == whole.to_dicts()
    assert parts[0].explain(2) == whole.explain(2) and parts[0].explain(2).reasons[0]["text"].endswith("points")
    assert list(stream) == [], "an iterator that ended"
    with pytest.raises(RuntimeError, match="read once"):
        stream.__arrow_c_stream__()
    assert stream.columns == whole.columns, "known after it was read, too"
    with pytest.raises(TypeError, match="not pickled"):
        stream.__reduce__()


def test_options_are_those_of_a_table(rules: crmkit.Rules) -> None:
    options: dict[str, Any] = {"at": AT, "keep": ["company"], "columns": ["score", "band"], "reasons": "none", "threads": 2}
    stream = rules.score_stream(SIZES, **options)
    assert stream.columns == ["company", "score", "band"]
    assert next(stream).to_dicts() == rules.score_leads(SIZES, **options).to_dicts()
    with pytest.raises(crmkit.InvalidInput, match="did you mean `company`"):
        rules.score_stream(SIZES, at=AT, keep=["compagny"])


def test_consumers_read_it_batch_by_batch(rules: crmkit.Rules) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    told: list[int] = []
    stream = rules.score_stream(batches(5), at=AT, progress=told.append)
    assert pyarrow.schema(stream).names == stream.columns
    reader = pyarrow.RecordBatchReader.from_stream(stream)
    assert told == []
    assert reader.read_next_batch().num_rows == 4 and told == [4], "one batch at a time"
    assert sum(batch.num_rows for batch in reader) == 16 and told == [4, 8, 12, 16, 20]
    with pytest.raises(RuntimeError, match="this stream was read already: a stream is read once"):
        pyarrow.RecordBatchReader.from_stream(stream)
    with pytest.raises(RuntimeError, match="read once"):
        next(stream)
    one = pyarrow.table({"size": pyarrow.array(range(150_000))})
    sizes = [len(part) for part in rules.score_stream(one, at=AT, columns=["score"], keep="none")]
    assert sizes == [65_536, 65_536, 18_928], "a table of one chunk passes through in parts"


def test_frames_take_it(rules: crmkit.Rules) -> None:
    polars = pytest.importorskip("polars")
    whole = rules.score_leads(SIZES, at=AT)
    assert polars.DataFrame(rules.score_stream(SIZES, at=AT)).equals(polars.DataFrame(whole))
    duckdb = pytest.importorskip("duckdb")
    pyarrow = pytest.importorskip("pyarrow")
    connection = duckdb.connect()
    scored = pyarrow.RecordBatchReader.from_stream(rules.score_stream(batches(100), at=AT))
    assert connection.sql("select count(*), sum(score) from scored").fetchall()[0][0] == 400
    assert scored is not None
    connection.close()


def test_progress_is_told_and_may_stop(rules: crmkit.Rules) -> None:
    told: list[int] = []
    rules.score_leads(batches(3), at=AT, progress=told.append)
    assert told == [4, 8, 12]

    class Enough(Exception):
        pass

    enough = Enough("that will do")

    def stop(rows: int) -> None:
        if rows > 4:
            raise enough

    with pytest.raises(Enough) as raised:
        rules.score_leads(batches(3), at=AT, progress=stop)
    assert raised.value is enough
    stream = rules.score_stream(batches(3), at=AT, progress=stop)
    assert len(next(stream)) == 4
    with pytest.raises(Enough) as raised:
        next(stream)
    assert raised.value is enough and list(stream) == []
    pyarrow = pytest.importorskip("pyarrow")
    reader = pyarrow.RecordBatchReader.from_stream(rules.score_stream(batches(3), at=AT, progress=stop))
    reader.read_next_batch()
    with pytest.raises(Exception, match="that will do"):
        reader.read_next_batch()


def test_a_producer_that_fails(rules: crmkit.Rules) -> None:
    pyarrow = pytest.importorskip("pyarrow")

    def failing() -> Iterator[Any]:
        yield pyarrow.record_batch([[1]], names=["size"])
        raise ValueError("the second batch is gone")

    schema = pyarrow.schema({"size": pyarrow.int64()})
    stream = rules.score_stream(pyarrow.RecordBatchReader.from_batches(schema, failing()), at=AT)
    assert len(next(stream)) == 1
    with pytest.raises(crmkit.InvalidInput, match="the second batch is gone"):
        next(stream)


def test_what_nobody_reads_is_released(rules: crmkit.Rules) -> None:
    pyarrow = pytest.importorskip("pyarrow")

    class Kept:
        """Something that the producer holds."""

    def held(kept: Kept) -> Iterator[Any]:
        for _ in range(3):
            yield pyarrow.record_batch([[1]], names=["size"])
        del kept

    schema = pyarrow.schema({"size": pyarrow.int64()})
    for read in (lambda s: None, next, lambda s: s.__arrow_c_stream__(), pyarrow.RecordBatchReader.from_stream):
        kept = Kept()
        alive = weakref.ref(kept)
        stream = rules.score_stream(pyarrow.RecordBatchReader.from_batches(schema, held(kept)), at=AT)
        del kept
        assert alive() is not None
        read(stream)
        del stream
        gc.collect()
        assert alive() is None, read


def test_one_thread_reads_while_others_go_on(rules: crmkit.Rules) -> None:
    reading, go = threading.Event(), threading.Event()

    def wait(_: int) -> None:
        reading.set()
        assert go.wait(60)

    stream = rules.score_stream(SIZES, at=AT, progress=wait)
    parts: list[crmkit.Scored] = []
    thread = threading.Thread(target=lambda: parts.extend(stream))
    thread.start()
    assert reading.wait(60)
    with pytest.raises(RuntimeError, match="another thread is reading"):
        next(stream)
    with pytest.raises(RuntimeError, match="read once"):
        stream.__arrow_c_stream__()
    assert stream.columns[-1] == "diagnostics"
    go.set()
    thread.join()
    assert [len(part) for part in parts] == [4]


# Its batches come without a step of Python, which would see Ctrl-C by itself.
ENDLESS = """
import itertools, os, signal, sys, threading, pyarrow, crmkit
batch = pyarrow.record_batch([[1] * 1000], names=["size"])
table = pyarrow.RecordBatchReader.from_batches(batch.schema, itertools.repeat(batch))
rules = crmkit.Rules()
options = {"at": "2026-11-22T09:00:00Z", "columns": ["score"], "keep": "none"}
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    if sys.argv[1] == "table":
        rules.score_leads(table, **options)
    elif sys.argv[1] == "parts":
        for _ in rules.score_stream(table, **options): pass
    else:
        reader = pyarrow.RecordBatchReader.from_stream(rules.score_stream(table, **options))
        try:
            reader.read_all()
        except (pyarrow.ArrowException, OSError) as error:
            assert "KeyboardInterrupt" in str(error), error
            while True: pass
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("way", ["table", "parts", "consumer"])
def test_ctrl_c_ends_a_run(way: str) -> None:
    pytest.importorskip("pyarrow")
    done = subprocess.run(
        [sys.executable, "-c", ENDLESS, way], capture_output=True, encoding="utf-8", timeout=60, check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr


def test_reason_ids_point_into_the_reason_table(rules: crmkit.Rules) -> None:
    columns = ["score", "reason_codes", "reason_ids", "reason_points_milli"]
    scored = rules.score_leads(SIZES, at=AT, columns=columns)
    names = [reason["id"] for reason in scored.reason_table]
    assert len(set(names)) == len(names)
    assert rules.score_stream(SIZES, at=AT, columns=columns).reason_table == scored.reason_table
    for row in scored.to_dicts():
        codes = [code.rsplit(":", 1)[0] for code in row["reason_codes"]]
        assert [names[place] for place in row["reason_ids"]] == codes
        assert sum(row["reason_points_milli"]) == row["score"] * 1000
    assert json.dumps(scored.reason_table)

"""``python -m crmkit score`` with Parquet, large files, pipes, and its progress."""

import csv
import os
import signal
import subprocess
import sys
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import crmkit

AT = ("--at", "2026-11-22T09:00:00Z")
LEADS = {
    "Société": ["Rénov’Ouest", "Toits du Nord", "=Cie", None],
    "job_title": ["Gérante", "Stagiaire", "Directeur", ""],
    "size": ["24", "beaucoup", "120", None],
    "revenue": [Decimal("12500.00"), None, Decimal("99.50"), Decimal("1.10")],
    "last_activity_at": [datetime(2026, 11, 20, 9), None, datetime(2026, 1, 1), None],
    "noted": [True, False, None, True],
}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "crmkit", "score", *map(str, arguments)]


def run(*arguments: object, folder: Path, prelude: str = "", **more: Any) -> "subprocess.CompletedProcess[str]":
    words = command(*arguments)
    if prelude:
        # The command line in a process that something was done to before.
        main = f"{prelude}\nimport sys; from crmkit._shell import main; sys.exit(main(sys.argv[1:]))"
        words = [sys.executable, "-W", "error", "-c", main, "score", *map(str, arguments)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False, **more
    )


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """A file with a naive time, an amount without currency, a cell that cannot be read."""
    polars = pytest.importorskip("polars")
    polars.DataFrame(LEADS).write_parquet(tmp_path / "leads.parquet")
    return tmp_path / "leads.parquet"


OPTIONS = ("--map", "Société=company", "--currency", "EUR", *AT)
WITHOUT = {
    "pyarrow": "",
    "polars": "import sys; sys.modules['pyarrow'] = None",
    "duckdb": "import sys; sys.modules['pyarrow'] = sys.modules['polars'] = None",
}


@pytest.mark.parametrize("reader", WITHOUT)
def test_parquet_is_read_by_whatever_is_installed(reader: str, parquet: Path, tmp_path: Path) -> None:
    pytest.importorskip(reader)
    done = run(parquet, *OPTIONS, "--lang", "fr", "--out", "out.csv", folder=tmp_path, prelude=WITHOUT[reader])
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "4 leads lus dans leads.parquet"
    assert lines[1].startswith("heures sans fuseau lues en UTC")
    assert lines[2] == "1 colonne non utilisée\u00a0: noted"
    assert lines[3] == "4 leads évalués par standard@1 au 2026-11-22T09:00:00Z"
    assert "Rénov’Ouest" in lines[6] and "Poste de décideur" in lines[6]
    assert "#4" in done.stdout, "a lead without any name has its number"
    assert lines[-1].startswith("1 ligne avec des cellules illisibles\u202f; la première est la ligne 2\u00a0: size\u00a0: `beaucoup`")
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:7] == [*LEADS, "score"]
    assert [row["Société"] for row in rows] == ["Rénov’Ouest", "Toits du Nord", "'=Cie", ""]
    assert [row["revenue"] for row in rows] == ["12500", "", "99.5", "1.1"]
    assert [row["noted"] for row in rows] == ["true", "false", "", "true"]
    assert rows[0]["last_activity_at"] == "2026-11-20T09:00:00" and rows[0]["band"] in ("tiède", "froid", "chaud")
    assert "`beaucoup`" in rows[1]["diagnostics"]


def test_parquet_needs_a_package(parquet: Path, tmp_path: Path) -> None:
    nothing = "import sys; sys.modules['pyarrow'] = sys.modules['polars'] = sys.modules['duckdb'] = None"
    for lang, text in (("en", "no package here reads one: pip install pyarrow"), ("fr", "aucun paquet installé n’en lit")):
        done = run(parquet, "--lang", lang, folder=tmp_path, prelude=nothing)
        assert done.returncode == 1 and text in done.stderr, done.stderr
    (tmp_path / "in.csv").write_text("company\nA\n")
    for lang, text in (("en", "writing Parquet needs pyarrow"), ("fr", "pour écrire du Parquet il faut pyarrow")):
        done = run("in.csv", "--out", "x.parquet", "--lang", lang, folder=tmp_path, prelude=WITHOUT["polars"])
        assert done.returncode == 2 and text in done.stderr and not (tmp_path / "x.parquet").exists()


def test_parquet_refusals(parquet: Path, tmp_path: Path) -> None:
    for arguments, status, text in (
        (("--currency", "EUR", "--map", "Societe=company"), 1, "`Societe` is missing: found `Société`, "),
        (("--currency", "EUR", "--map", "Societe=-"), 1, "did you mean `Société`?"),
        (("--currency", "EUR", "--map", "Société"), 2, "expected COLUMN=FIELD"),
        (("--currency", "EUR", "--keep", "Societe", "--out", "o.csv"), 1, "did you mean `Société`?"),
        (("--decimal", "comma"), 2, "--decimal is for CSV files"),
        (("--date-order", "day-first", "--lang", "fr"), 2, "--date-order ne concerne que les fichiers CSV"),
        ((), 1, "→ to read the file, run it again with: --currency EUR"),
        (("--currency", "EUR", "--columns", "scores", "--out", "o.csv"), 1, "did you mean `score`?"),
    ):
        done = run(parquet, *arguments, folder=tmp_path)
        assert done.returncode == status and text in done.stderr and "Traceback" not in done.stderr, done.stderr
    left_out = run(parquet, *AT, "--map", "revenue=-", "--map", "Société=company", folder=tmp_path)
    assert left_out.returncode == 0 and "revenue" in left_out.stdout.splitlines()[2], left_out.stderr
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 this is not")
    for prelude in WITHOUT.values():
        done = run("broken.parquet", folder=tmp_path, prelude=prelude)
        assert done.returncode == 1 and "broken.parquet: this Parquet file cannot be read: " in done.stderr, done.stderr


def test_parquet_out_is_typed(parquet: Path, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "in.csv").write_text("company,Amount,Created On,x\nA,$5,2026-11-20 10:00,1\nB,,,\n", encoding="utf-8")
    for file, more in ((parquet, OPTIONS), ("in.csv", ("--currency", "USD", *AT))):
        done = run(file, *more, "--out", "out.parquet", "--columns", "score,band", folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
    table = pyarrow.read_table(tmp_path / "out.parquet")
    names = ["company", "external_id", "external_source", "received_at", "value", "value_currency", "score", "band"]
    assert table.column_names == names
    assert table["value"].to_pylist() == [Decimal("5.0000"), None] and str(table["received_at"].type) == "timestamp[us, tz=UTC]"
    assert set(table["band"].to_pylist()) <= {"hot", "warm", "cold"}


def test_what_is_kept_and_written(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("company,email,Employees\nA,a@a.example,12\nB,b@b.example,300\n", encoding="utf-8")
    for arguments, header in (
        (("--keep", "email,company"), "email,company,score,band,grade,fit,engagement,coverage_bp,reasons,next_change_at,diagnostics"),
        (("--keep", "none", "--columns", "band"), "band"),
        (("--columns", "reason_codes,score", "--keep", "size"), "size,reason_codes,score"),
        (("--columns", "reason_ids,reason_points_milli", "--keep", "company"), "company,reason_ids,reason_points_milli"),
    ):
        done = run("in.csv", *arguments, *AT, "--out", "out.csv", "--threads", 2, folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        assert "A" in done.stdout and "Company known" in done.stdout, "shown all the same"
        written = (tmp_path / "out.csv").read_text("utf-8").splitlines()
        assert written[0].replace('"', "") == header and len(written) == 3
    top = run("in.csv", "--reasons", "top1", *AT, folder=tmp_path).stdout
    assert " · " not in top and "points" in top
    assert "points" not in run("in.csv", "--reasons", "none", *AT, folder=tmp_path).stdout
    wrong = run("in.csv", "--reasons", "some", folder=tmp_path)
    assert wrong.returncode == 1 and "top<n>" in wrong.stderr
    assert run("in.csv", "--threads", 0, folder=tmp_path).returncode == 1


def test_the_best_are_kept_in_the_order_of_the_file(tmp_path: Path) -> None:
    sizes = [(i * 7919) % 400 for i in range(40_000)]
    rows = "".join(f"C{i},{size},{i}@a.example\n" for i, size in enumerate(sizes))
    (tmp_path / "in.csv").write_text("company,Employees,email\n" + rows, encoding="utf-8")
    done = run("in.csv", "--top", 50, *AT, "--out", "out.csv", "--columns", "score", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        scores = [(-int(row["score"]), place) for place, row in enumerate(csv.DictReader(file))]
    lines = done.stdout.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("Rank"))
    assert [line.split()[4] for line in lines[head + 1 : head + 51]] == [f"C{place}" for _, place in sorted(scores)[:50]]
    assert lines[head + 51].startswith("… and 39950 more leads")


def test_a_file_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    rows = "".join(f"C{i},{i}@a.example\n" for i in range(20_000))
    (tmp_path / "in.csv").write_text("company,email\n" + rows + '"never closed\n', encoding="utf-8")
    (tmp_path / "out.csv").write_text("what was there\n")
    os.chmod(tmp_path / "out.csv", 0o640)
    done = run("in.csv", "--out", "out.csv", folder=tmp_path)
    assert done.returncode == 1 and "the quote opened at line 20002 is never closed" in done.stderr, done.stderr
    assert (tmp_path / "out.csv").read_text() == "what was there\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"], "nothing half written"
    (tmp_path / "in.csv").write_text("company,email\n" + rows, encoding="utf-8")
    done = run("in.csv", "--out", "out.csv", folder=tmp_path)
    assert done.returncode == 0 and len((tmp_path / "out.csv").read_text("utf-8").splitlines()) == 20_001
    if os.name != "nt":
        assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name == "nt", reason="a shell with pipes")
def test_pipes(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("company,Created Date\nA,03/04/2026 10:00\nB,28/08/2026 10:00\n", encoding="utf-8")
    words = " ".join(command("/dev/stdin", "--out", "/dev/stdout", "--columns", "score", "--progress", *AT))
    done = subprocess.run(
        ["bash", "-c", f"cat in.csv | {words}"], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert '"A",' in done.stdout and "2 leads read from stdin (2 records, 0 repeated, 0 repaired)" in done.stdout
    assert "100% · 2 leads" in done.stderr


def on_a_terminal(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Runs a command whose stderr is a terminal; its status and what the terminal got."""
    pty = pytest.importorskip("pty")
    mine, its = pty.openpty()
    child = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=its)
    os.close(its)
    shown = b""
    while True:
        try:
            some = os.read(mine, 65_536)
        except OSError:
            break
        if not some:
            break
        shown += some
    os.close(mine)
    return child.wait(120), shown.decode()


@pytest.mark.skipif(os.name == "nt", reason="terminals")
def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    rows = "".join(f"C{i},{i}@a.example,{i % 28 + 1:02}/08/2026\n" for i in range(60_000))
    (tmp_path / "in.csv").write_text("company,email,Created Date\n" + rows, encoding="utf-8")
    for lang, text in (("en", "% · 16,384 leads"), ("fr", "\u00a0% · 16\u202f384 leads")):
        status, shown = on_a_terminal(command("in.csv", "--lang", lang, *AT), tmp_path)
        assert status == 0 and text in shown and "[#" in shown, shown
        assert shown.endswith(" \r"), "wiped at the end"
        piped = run("in.csv", "--lang", lang, *AT, folder=tmp_path)
        assert (piped.returncode, piped.stderr) == (0, "")
    lines = run("in.csv", "--progress", *AT, folder=tmp_path).stderr.splitlines()
    assert 3 <= len(lines) <= 11 and lines[-1] == "100% · 60,000 leads", lines
    shares = [int(line.split("%")[0]) for line in lines]
    assert shares == sorted(set(shares))


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path) -> None:
    rows = "".join(f"C{i},{i}@a.example\n" for i in range(300_000))
    (tmp_path / "in.csv").write_text("company,email\n" + rows, encoding="utf-8")
    child = subprocess.Popen(
        command("in.csv", "--out", "out.csv", "--progress", *AT), cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stderr is not None and b"% \xc2\xb7 " in child.stderr.readline(), "it is on its way"
    child.send_signal(signal.SIGINT)
    out, errors = child.communicate(timeout=120)
    assert (child.returncode, out) == (130, b"") and b"Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


PEAK = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_kib(*arguments: object, folder: Path) -> int:
    """The peak of a run's memory."""
    words = [sys.executable, "-c", PEAK, *command(*arguments)]
    done = subprocess.run(words, cwd=folder, capture_output=True, encoding="utf-8", timeout=500, check=True)
    status, peak = done.stdout.split()
    assert status == "0", done.stderr
    return int(peak) // (1024 if sys.platform == "darwin" else 1)


@pytest.mark.skipif(os.name == "nt", reason="resource")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    note = "a remark of some length, as people write them into such files; " * 3
    with open(tmp_path / "large.csv", "w", encoding="utf-8") as large:
        large.write("company,email,Employees,Created Date,Notes\n")
        for i in range(200_000):
            large.write(f"Company {i},{i}@a.example,{i % 500},{i % 28 + 1:02}/08/2026,{note}\n")
    with open(tmp_path / "large.csv", encoding="utf-8") as large, open(tmp_path / "small.csv", "w", encoding="utf-8") as small:
        small.writelines(line for line, _ in zip(large, range(20_000)))
    arguments = ("--out", "out.csv", "--columns", "score,band", *AT)
    small_kib = peak_kib("small.csv", *arguments, folder=tmp_path)
    growth = peak_kib("large.csv", *arguments, folder=tmp_path) - small_kib
    size = (tmp_path / "large.csv").stat().st_size // 1024
    assert size > 40_000 and growth < size // 3, f"{growth} KiB more for {size} KiB"


def test_every_part_gives_what_the_whole_gives(tmp_path: Path) -> None:
    """Repetitions and refusals across batches, and the same scores as the rules give."""
    rows = [f"C{i % 30_000},{i % 30_000 % 70},{i % 30_000}@a.example" for i in range(50_000)]
    rows[40_000] = "Late,many,l@a.example"
    (tmp_path / "in.csv").write_text("company,Employees,email\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = run("in.csv", *AT, "--out", "out.csv", "--columns", "score", folder=tmp_path)
    assert "30000 leads read from in.csv (50000 records, 19999 repeated, 0 repaired)" in done.stdout
    assert "1 row refused:\n  line 40002, column `Employees`: `many`" in done.stdout
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        found = [int(row["score"]) for row in csv.DictReader(file)]
    at = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
    table = {
        "company": [f"C{i}" for i in range(30_000)],
        "size": [i % 70 for i in range(30_000)],
        "email": [f"{i}@a.example" for i in range(30_000)],
    }
    scored = crmkit.Rules().score_leads(table, at=at, columns=["score"], keep="none")
    assert found == [row["score"] for row in scored.to_dicts()]

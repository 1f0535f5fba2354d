"""The command line and the story, end to end, in processes of their own."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples" / "data"
FRENCH = ("--lang", "fr", "--decimal", "comma", "--date-order", "day-first", "--currency", "EUR", "--zone", "Europe/Paris")


def run(*arguments: object, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-W", "error", *map(str, arguments)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False)


def test_a_french_export(tmp_path: Path) -> None:
    file = DATA / "prospects_exemple.csv"
    at = ("--at", "2026-11-22T09:00:00Z")
    done = run("-m", "crmkit", "score", file, *FRENCH, *at, "--top", 3, "--out", "notes.csv", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "prospects lus dans prospects_exemple.csv" in done.stdout
    assert "standard@1" in done.stdout and "Poste décisionnaire" in done.stdout
    assert "ligne 60, colonne `Montant`" in done.stdout
    again = run("-m", "crmkit", "score", file, *FRENCH, *at, "--top", 3, folder=tmp_path)
    assert done.stdout.startswith(again.stdout[:200])
    with open(tmp_path / "notes.csv", encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert len(rows) > 100
    assert {row["band"] for row in rows} <= {"hot", "warm", "cold"}
    assert all(row["company"] or row["last_name"] or row["email"] or row["phone"] for row in rows)
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())
    assert all(row["diagnostics"] == "" for row in rows)


def test_an_english_export(tmp_path: Path) -> None:
    arguments = ("--zone", "UTC", "--currency", "EUR", "--top", 5)
    done = run("-m", "crmkit", "score", DATA / "leads_sample.csv", *arguments, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "leads read from leads_sample.csv" in done.stdout


def test_refusals(tmp_path: Path) -> None:
    missing = run("-m", "crmkit", "score", "missing.csv", folder=tmp_path)
    assert missing.returncode == 1 and missing.stderr.startswith("crmkit: missing.csv: ")
    (tmp_path / "open.csv").write_text('company\n"never closed\n', encoding="utf-8")
    broken = run("-m", "crmkit", "score", "open.csv", folder=tmp_path)
    assert broken.returncode == 1 and "open.csv" in broken.stderr and "Traceback" not in broken.stderr
    (tmp_path / "rules.json").write_text('{"lead_score": {"id": "x"}}', encoding="utf-8")
    (tmp_path / "good.csv").write_text("company,size\nA,12\n=B,3\n", encoding="utf-8")
    wrong = run("-m", "crmkit", "score", "good.csv", "--rules", "rules.json", folder=tmp_path)
    assert wrong.returncode == 1 and "lead_score" in wrong.stderr and "Traceback" not in wrong.stderr
    assert run("-m", "crmkit", folder=tmp_path).returncode == 2
    assert run("-m", "crmkit", "score", "good.csv", "--lang", "de", folder=tmp_path).returncode == 2
    bad_map = run("-m", "crmkit", "score", "good.csv", "--map", "Size=sice", folder=tmp_path)
    assert bad_map.returncode == 1 and "sice" in bad_map.stderr
    good = run("-m", "crmkit", "score", "good.csv", "--out", "out.csv", folder=tmp_path)
    assert good.returncode == 0
    assert "'=B" in (tmp_path / "out.csv").read_text("utf-8")


@pytest.mark.parametrize("name", ["story.py"])
def test_the_examples_run(name: str, tmp_path: Path) -> None:
    done = run(ROOT / "examples" / "python" / name, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Rénov’Ouest" in done.stdout and "Poste décisionnaire" in done.stdout

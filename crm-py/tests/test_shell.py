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
    assert "leads lus dans prospects_exemple.csv" in done.stdout
    assert "Rang  Score  Niveau  Classe  Lead" in done.stdout and "Raisons" in done.stdout
    assert "prospect " not in done.stdout and "\u00a0;" not in done.stdout
    assert "standard@1" in done.stdout and "Poste de décideur" in done.stdout
    assert "ligne 60, colonne `Montant`" in done.stdout
    again = run("-m", "crmkit", "score", file, *FRENCH, *at, "--top", 3, folder=tmp_path)
    assert done.stdout.startswith(again.stdout[:200])
    with open(tmp_path / "notes.csv", encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert len(rows) > 100
    assert {row["band"] for row in rows} == {"chaud", "tiède", "froid"}
    assert all(row["company"] or row["last_name"] or row["email"] or row["phone"] for row in rows)
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())
    assert all(row["diagnostics"] == "" for row in rows)


def test_an_english_export(tmp_path: Path) -> None:
    arguments = ("--zone", "UTC", "--currency", "EUR", "--top", 5)
    done = run("-m", "crmkit", "score", DATA / "leads_sample.csv", *arguments, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "leads read from leads_sample.csv" in done.stdout
    assert "Rank  Score  Band" in done.stdout and "  hot " in done.stdout
    assert "read as UTC" not in done.stdout


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


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_numbers_with_their_nouns(tmp_path: Path) -> None:
    written(tmp_path, "zero.csv", "company,email\n")
    written(tmp_path, "one.csv", "company,email\nA,a@a.example\n")
    written(tmp_path, "two.csv", "company,email,x\nA,a@a.example,1\nB,b@b.example,2\nA,a@a.example,1\n")
    for name, lang, text in (
        ("zero.csv", "en", "0 leads read from zero.csv (0 records, 0 repeated, 0 repaired)\n"),
        ("zero.csv", "fr", "0 lead lu dans zero.csv (0 ligne, 0 en double, 0 réparée)\n"),
        ("one.csv", "en", "1 lead read from one.csv (1 record, 0 repeated, 0 repaired)\n1 lead scored by "),
        ("one.csv", "fr", "1 lead lu dans one.csv (1 ligne, 0 en double, 0 réparée)\n1 lead évalué par "),
        ("two.csv", "en", "2 leads read from two.csv (3 records, 1 repeated, 0 repaired)\n1 column not used: x\n2 leads "),
        ("two.csv", "fr", "2 leads lus dans two.csv (3 lignes, 1 en double, 0 réparée)\n1 colonne non utilisée\u00a0: x\n2 "),
    ):
        done = run("-m", "crmkit", "score", name, "--lang", lang, folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith(text), done.stdout
    more = run("-m", "crmkit", "score", "two.csv", "--lang", "fr", "--top", 1, "--out", "o.csv", folder=tmp_path).stdout
    assert "… et 1 autre lead (--top" in more and "2 lignes écrites dans o.csv" in more


def test_the_input_is_not_overwritten(tmp_path: Path) -> None:
    file = written(tmp_path, "one.csv", "company,email\nA,a@a.example\n")
    rules = written(tmp_path, "rules.json", "{}")
    (tmp_path / "soft.csv").symlink_to(file)
    os.link(file, tmp_path / "hard.csv")
    for out in ("one.csv", "./one.csv", file, "soft.csv", "hard.csv", "rules.json"):
        for lang, text in (("en", "choose another name"), ("fr", "serait écrasé\u202f; choisissez un autre nom")):
            arguments = ("one.csv", "--out", out, "--lang", lang, "--rules", "rules.json")
            done = run("-m", "crmkit", "score", *arguments, folder=tmp_path)
            assert (done.returncode, done.stdout) == (2, "") and text in done.stderr, done.stderr
    assert file.read_text("utf-8") == "company,email\nA,a@a.example\n" and rules.read_text("utf-8") == "{}"
    (tmp_path / "new.csv").write_text("old")
    done = run("-m", "crmkit", "score", "one.csv", "--out", "new.csv", folder=tmp_path)
    assert done.returncode == 0 and "A" in (tmp_path / "new.csv").read_text("utf-8")


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    names = ["=1+1", "\uff1d1+1", "\uff0b1", "\uff20A", "\u22121+1", "  =1", "+33 1 23", "@a", 'say "x"; y', "-12.50"]
    rows = "".join(f'"{name.replace(chr(34), chr(34) * 2)}",{i}@a.example\n' for i, name in enumerate(names))
    written(tmp_path, "in.csv", "company,email\n" + rows)
    assert run("-m", "crmkit", "score", "in.csv", "--out", "out.csv", folder=tmp_path).returncode == 0
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        cells = [row["company"] for row in csv.DictReader(file)]
    # A company may be called like a negative number: text is guarded, only typed numbers are not.
    assert cells == [*(f"'{name.strip()}" for name in names[:8]), 'say "x"; y', "'-12.50"]
    again = run("-m", "crmkit", "score", "out.csv", "--map", "company=company", "--out", "again.csv", folder=tmp_path)
    assert again.returncode == 0, again.stderr
    with open(tmp_path / "again.csv", encoding="utf-8", newline="") as file:
        assert [row["company"] for row in csv.DictReader(file)] == cells


def test_times_without_a_zone_are_utc_and_it_says_so(tmp_path: Path) -> None:
    written(tmp_path, "in.csv", "company,Last Activity Date\nA,2026-11-20 10:00\n")
    at = ("--at", "2026-11-22T09:00:00Z", "--out", "out.csv")
    for lang, text in (
        ("en", "times that name no zone read as UTC (--zone Europe/Paris changes this)"),
        ("fr", "heures sans fuseau lues en UTC (--zone Europe/Paris pour en changer)"),
    ):
        done = run("-m", "crmkit", "score", "in.csv", "--lang", lang, *at, folder=tmp_path)
        assert done.returncode == 0 and text in done.stdout, done.stdout
    assert "2026-11-20T10:00:00+00:00" in (tmp_path / "out.csv").read_text("utf-8")
    told = run("-m", "crmkit", "score", "in.csv", "--zone", "Europe/Paris", *at, folder=tmp_path)
    assert "UTC" not in told.stdout and "2026-11-20T09:00:00+00:00" in (tmp_path / "out.csv").read_text("utf-8")
    written(tmp_path, "plain.csv", "company,size\nA,3\n")
    assert "UTC" not in run("-m", "crmkit", "score", "plain.csv", *at, folder=tmp_path).stdout


def test_refused_rows_are_told_once_by_kind_with_the_option_that_helps(tmp_path: Path) -> None:
    rows = "".join(f"A{i},{i + 1}00,2026-11-20 10:00\n" for i in range(3)) + "B,$5,\nC,,03/04/2026\nD,,4/4/26 yes\n"
    written(tmp_path, "in.csv", "company,Amount,Last Activity Date\n" + rows)
    done = run("-m", "crmkit", "score", "in.csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "rows refused:\n  line 2, column `Amount`: " in done.stdout
    assert "(and 3 rows like it)\n" in done.stdout and "line 3" not in done.stdout
    hint = "--currency EUR --currency USD --date-order day-first|month-first"
    assert f"→ to let them in, run it again with: {hint}\n" in done.stdout
    french = run("-m", "crmkit", "score", "in.csv", "--lang", "fr", folder=tmp_path)
    assert "lignes refusées\u00a0:\n  ligne 2, colonne `Amount`\u00a0: " in french.stdout
    assert "(et 3 autres lignes semblables)\n" in french.stdout
    assert f"→ pour les accepter, relancez avec\u00a0: {hint}\n" in french.stdout
    comma = written(tmp_path, "comma.csv", "company;Amount\nA;12,50 €\nB;13,50 €\n")
    done = run("-m", "crmkit", "score", comma, folder=tmp_path)
    assert "(and 1 row like it)\n" in done.stdout and "again with: --decimal comma\n" in done.stdout
    (tmp_path / "latin.csv").write_bytes(b"company,email\nM\xfcller,a@a.example\n")
    for lang, text in (("en", "run it again with"), ("fr", "relancez avec\u00a0")):
        done = run("-m", "crmkit", "score", "latin.csv", "--lang", lang, folder=tmp_path)
        assert done.returncode == 1 and f"{text}: --encoding windows-1252\n" in done.stderr, done.stderr


def test_own_fields_are_read_by_their_type(tmp_path: Path) -> None:
    written(tmp_path, "rules.json", '{"custom": {"lead": [{"name": "area", "type": "number"}, {"name": "due", "type": "date"}]}}')
    written(tmp_path, "in.csv", 'company;Surface;Fin\nA;"12,5";24/12/2026\n')
    options = ("--decimal", "comma", "--map", "Surface=custom.area", "--map", "Fin=custom.due", "--rules", "rules.json")
    done = run("-m", "crmkit", "score", "in.csv", *options, "--out", "out.csv", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["custom.area"], row["custom.due"]) == ("12.5", "2026-12-24")


@pytest.mark.skipif(os.name == "nt", reason="a shell with pipes")
def test_who_reads_the_output_may_leave(tmp_path: Path) -> None:
    written(tmp_path, "in.csv", "company,email\n" + "".join(f"A{i},{i}@a.example\n" for i in range(3000)))
    command = f"{sys.executable} -m crmkit score in.csv --top 3000 --out out.csv"
    for reader in ("head -1", "true"):
        script = f"set -o pipefail; {command} | {reader}"
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        assert len((tmp_path / "out.csv").read_text("utf-8").splitlines()) == 3001
    script = f"{command} > /dev/full"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 1 and done.stderr.startswith("crmkit: ") and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("story.py", ["Rénov’Ouest", "Poste de décideur"]),
        (
            "lead_desk.py",
            [
                "même boîte e-mail, écrite autrement",
                "annulée, 2 fiches comme avant",
                "zoé\N{NO-BREAK SPACE}: en congé jusqu’au 27/11/2026",
                "c’est le tour de paul (1 sur 3)",
                "registration_number → 732829320",
                "affaire créée\N{NO-BREAK SPACE}: RENOV’OUEST SARL, suivie par marie",
            ],
        ),
    ],
)
def test_the_examples_run(name: str, parts: list[str], tmp_path: Path) -> None:
    done = run(ROOT / "examples" / "python" / name, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [part for part in parts if part not in done.stdout] == []


@pytest.mark.parametrize("name", ["customer", "outreach", "revenue", "support"])
def test_a_story_says_what_it_says_in_rust_and_c(name: str, tmp_path: Path) -> None:
    done = run(ROOT / "examples" / "python" / f"{name}.py", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (ROOT / "examples" / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", ["customer", "outreach"])
def test_a_story_in_french(name: str, tmp_path: Path) -> None:
    done = run(ROOT / "examples" / "python" / f"{name}.py", "--lang", "fr", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (ROOT / "examples" / f"{name}.fr.txt").read_text("utf-8")

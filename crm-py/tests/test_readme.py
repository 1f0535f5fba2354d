"""The examples of the package's README run."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for package in ("polars", "pyarrow"):
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    examples = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    for place, example in enumerate(examples):
        exec(compile(example, f"example {place}", "exec"), names)
    shown = capsys.readouterr().out
    assert "Poste de décideur\u00a0: +20 points" in shown and "2 rows\n" in shown
    assert (tmp_path / "scored.parquet").exists() and len(examples) == 9

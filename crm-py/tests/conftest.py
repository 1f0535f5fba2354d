"""What the tests of the reviews share: data sets that need not be there, and a review run as a person would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
Review = Callable[..., tuple[str, dict[str, Any]]]


@pytest.fixture
def data_set() -> Callable[[str], Path]:
    """The folder of a data set; where it is absent the test is skipped."""

    def found(name: str) -> Path:
        data = Path(os.environ.get("CRMKIT_DATA", ROOT.parent / "shared" / "data")) / name
        if not data.is_dir():
            pytest.skip(f"{data} is absent (CRMKIT_DATA names the folder of data sets)")
        return data

    return found


@pytest.fixture(params=["sample", "real"])
def folder(request: pytest.FixtureRequest, data_set: Callable[[str], Path]) -> Path:
    """Each of what the module reviews: its sample, and a real data set."""
    sample: Path = request.module.SAMPLE
    return sample if request.param == "sample" else data_set(request.module.DATA)


@pytest.fixture
def review(request: pytest.FixtureRequest, tmp_path: Path) -> Review:
    """Runs the module's review over a folder: what it prints, and its totals."""

    def run(folder: Path, *options: str) -> tuple[str, dict[str, Any]]:
        totals = tmp_path / "totals.json"
        command = [sys.executable, str(request.module.REVIEW), str(folder), "--totals", str(totals), *options]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "TMPDIR": str(tmp_path)}
        done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=600, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout, json.loads(totals.read_text(encoding="utf-8"))

    return run


@pytest.fixture
def refusal(request: pytest.FixtureRequest) -> Callable[..., str]:
    """What the module's review says to arguments that it refuses."""

    def run(*arguments: str) -> str:
        command = [sys.executable, str(request.module.REVIEW), *arguments]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
        assert done.returncode == 2
        return done.stderr

    return run

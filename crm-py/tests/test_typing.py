"""The types: mypy --strict over the package and what users write, and the stub against the native module."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def checked(*arguments: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, encoding="utf-8", timeout=500, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_users_code_and_the_package_are_strict(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    cache = f"--cache-dir={tmp_path}"
    checked("mypy", "--strict", cache, str(HERE / "typing_case.py"), folder=tmp_path)
    checked("mypy", "--strict", cache, "-p", "crmkit", folder=tmp_path)


def test_the_stub_is_the_module(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    checked("mypy.stubtest", "crmkit", "--allowlist", str(HERE / "stubtest_allowlist.txt"), folder=tmp_path)


def test_pyright_agrees(tmp_path: Path) -> None:
    pytest.importorskip("pyright")
    if shutil.which("node") is None:
        pytest.skip("pyright needs node, and would download it")
    checked("pyright", "--pythonpath", sys.executable, str(HERE / "typing_case.py"), folder=tmp_path)

"""The golden cases that Rust and C read, too: the same bytes."""

import json
from pathlib import Path
from typing import Any

import pytest

import crmkit

FOLDER = Path(__file__).parents[2] / "testdata" / "lead_score"


def cases() -> list[Any]:
    found = []
    for file in sorted(FOLDER.glob("*.json")):
        for case in json.loads(file.read_text("utf-8")):
            found.append(pytest.param(case, id=f"{file.stem}: {case['name']}"))
    assert len(found) > 20
    return found


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("case", cases())
def test_same_bytes(case: dict[str, Any]) -> None:
    model = case.get("model")
    rules = crmkit.Rules({} if model is None else {"lead_score": model})
    assert rules.eval_json("lead_score", canonical(case["input"])) == canonical(case["expected"])

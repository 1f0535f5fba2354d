"""The golden cases that Rust and C read, too: the same bytes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import crmkit

FOLDER = Path(__file__).parents[2] / "testdata"


def cases() -> list[Any]:
    found = []
    # A folder is named as its rule, and as the rule's key in the configuration.
    for file in sorted(FOLDER.glob("*/*.json")):
        rule = file.parent.name
        for case in json.loads(file.read_text("utf-8")):
            found.append(pytest.param(rule, case, id=f"{rule}: {case['name']}"))
    assert len(found) > 800
    return found


def canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_every_rule_has_cases_and_every_folder_is_a_rule() -> None:
    with pytest.raises(crmkit.CrmError) as unknown:
        crmkit.Rules().eval("nothing", {})
    rules = set(re.findall(r"`(\w+)`", str(unknown.value).partition("expected")[2]))
    # What looks like a mistake in routing rules is tested with these.
    assert rules - {"routing_lint"} == {folder.name for folder in FOLDER.iterdir()}


@pytest.mark.parametrize(("rule", "case"), cases())
def test_same_bytes(rule: str, case: dict[str, Any]) -> None:
    parts = {rule: case.get("model"), "custom": case.get("custom")}
    rules = crmkit.Rules({name: part for name, part in parts.items() if part is not None})
    assert rules.eval_json(rule, canonical(case["input"])) == canonical(case["expected"])

"""Rules over tables and records, from plain Python values."""

import doctest
import inspect
import json
import pickle
import re
import threading
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import crmkit

AT = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
MODEL = {
    "custom": {
        "lead": [
            {"name": "area", "type": "number"},
            {"name": "due", "type": "date"},
            {"name": "permit", "type": "boolean"},
        ]
    },
    "lead_score": {
        "id": "ours",
        "version": 3,
        "bands": [{"id": "hot", "from": 10}, {"id": "cold", "from": -100}],
        "fit": {
            "groups": [
                {
                    "id": "all",
                    "rules": [
                        {"id": "large", "points": 7, "when": {"field": "size", "op": "ge", "value": 50}},
                        {"id": "area", "points": 5, "when": {"field": "custom.area", "op": "ge", "value": "12.5"}},
                        {"id": "due", "points": 3, "when": {"field": "custom.due", "op": "ge", "value": "2026-01-01"}},
                        {"id": "permit", "points": 17, "when": {"field": "custom.permit", "op": "eq", "value": True}},
                        {"id": "vip", "points": 23, "when": {"field": "tags", "op": "has", "value": "vip"}},
                        {
                            "id": "rich",
                            "points": 13,
                            "when": {"field": "value", "op": "ge", "value": {"amount": "1000.00", "currency": "EUR"}},
                        },
                        {
                            "id": "recent",
                            "points": 19,
                            "when": {"field": "last_activity_at", "op": "ge", "value": "2026-11-01T00:00:00Z"},
                        },
                    ],
                }
            ]
        },
    },
}


def scores(table: dict[str, Any], **options: Any) -> list[int]:
    return [row["score"] for row in crmkit.Rules(MODEL).score_leads(table, at=AT, **options).to_dicts(["score"])]


def test_every_kind_of_cell() -> None:
    paris = timezone(timedelta(hours=1))
    assert scores({"size": [50, None, 49]}) == [7, 0, 0]
    assert scores({"custom.area": [Decimal("12.50"), Decimal("1.2E1"), 13]}) == [5, 0, 5]
    assert scores({"custom.area": [12.5, float("nan")]}) == [5, 0]
    assert scores({"custom.due": [date(2026, 1, 1), date(2025, 12, 31), None]}) == [3, 0, 0]
    assert scores({"custom.permit": [True, False, None]}) == [17, 0, 0]
    assert scores({"tags": [["VIP"], (), None, {"x", "vip"}]}) == [23, 0, 0, 23]
    assert scores({"value": [Decimal("1000"), Decimal("999.99"), 1000]}, currency="EUR") == [13, 0, 13]
    assert scores({"value": [1000, 1000], "value_currency": ["EUR", "USD"]}) == [13, 0]
    moments = [datetime(2026, 11, 1, 1, tzinfo=paris), datetime(2026, 11, 1, 0, 59, 59, 999999, tzinfo=paris)]
    assert scores({"last_activity_at": moments}) == [19, 0]
    assert scores({"size": [None, None]}) == [0, 0]
    assert scores({"size": []}) == []
    assert scores({"Effectif": ["50"]}, map={"Effectif": "size"}) == [7]


def test_values_come_back_typed() -> None:
    table = {
        "ref": [UUID(int=1)],
        "size": [50],
        "value": [Decimal("1250.50")],
        "due": [date(2026, 2, 28)],
        "seen": [datetime(2026, 11, 1, 12, 30, tzinfo=timezone.utc)],
        "tags": [["a", "b"]],
        "odd": [None],
        "small": [Decimal("0.00000000000000000000001")],
    }
    row = crmkit.Rules(MODEL).score_leads(table, at=AT, currency="EUR").to_dicts()[0]
    assert row["ref"] == str(UUID(int=1))
    assert (row["size"], row["value"], row["due"]) == (50, Decimal("1250.50"), date(2026, 2, 28))
    assert str(row["value"]) == "1250.50"
    assert row["seen"] == table["seen"][0] and row["seen"].tzinfo is not None
    assert (row["tags"], row["odd"], row["small"]) == (["a", "b"], None, table["small"][0])
    assert row["score"] == 20 and row["band"] == "hot" and row["diagnostics"] == []
    assert row["reason_codes"] == ["rich:+13", "large:+7"]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"last_activity_at": [datetime(2026, 1, 1)]}, "naive"),
        ({"size": [1, "2"]}, "mixes integer (row 0) and text (row 1)"),
        ({"size": [object()]}, "no field takes a object"),
        ({"size": "50"}, "expected a list of cells"),
        ({1: [2]}, "is not text"),
        ({"custom.area": [Decimal("NaN")]}, "is no number"),
        ([1, 2], "is no table"),
        (None, "is no table"),
    ],
)
def test_tables_that_are_none(table: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says.replace("(", r"\(").replace(")", r"\)")):
        crmkit.Rules(MODEL).score_leads(table, at=AT)


def test_bad_tables() -> None:
    rules = crmkit.Rules(MODEL)
    with pytest.raises(ValueError, match="has 1 rows where 'size' has 2"):
        rules.score_leads({"size": [1, 2], "company": ["x"]}, at=AT)
    with pytest.raises(crmkit.InvalidInput, match="no column is mapped to a field: found only `Sizes`, where") as refused:
        rules.score_leads({"Sizes": [1]}, at=AT)
    assert "the model reads `" in str(refused.value) and "(is `Sizes` meant for `size`?)" in str(refused.value)
    with pytest.raises(crmkit.InvalidInput, match="`sise` is missing: found `company` and `size`, did you mean `size`") as refused:
        rules.score_leads({"company": ["x"], "size": [1]}, at=AT, keep=["sise"])
    assert refused.value.field == "keep"
    with pytest.raises(crmkit.InvalidInput, match="did you mean `score`") as refused:
        rules.score_leads({"size": [1]}, at=AT).to_dicts(["scores"])
    assert refused.value.field == "columns"
    with pytest.raises(crmkit.InvalidInput, match="did you mean `reasons`") as refused:
        rules.score_leads({"size": [1]}, at=AT, columns=["score", "reason"])
    assert refused.value.field == "columns[1]"
    for bad in ({"columns": "score"}, {"threads": 0}, {"threads": "many"}):
        with pytest.raises(crmkit.InvalidInput):
            rules.score_leads({"size": [1]}, at=AT, **bad)
    with pytest.raises(TypeError, match="expected a function"):
        rules.score_leads({"size": [1]}, at=AT, progress=3)  # type: ignore[arg-type]
    with pytest.raises(crmkit.InvalidInput, match="did you mean `Effectif`") as refused:
        rules.score_leads({"Effectif": [1]}, at=AT, map={"Efectif": "size"})
    assert refused.value.field == "map"
    with pytest.raises(crmkit.InvalidInput) as refused:
        rules.score_leads({"value": [1]}, at=AT)
    assert (refused.value.code, refused.value.field) == ("needs_choice", "value")
    with pytest.raises(TypeError, match="naive"):
        rules.score_leads({"size": [1]}, at=datetime(2026, 1, 1))
    with pytest.raises(crmkit.InvalidInput) as refused:
        rules.score_leads({"size": [1]}, at=AT, lang="de")  # type: ignore[arg-type]
    assert refused.value.field == "lang"
    with pytest.raises((OverflowError, ValueError)):
        rules.score_leads({"size": [2**63]}, at=AT)


def test_an_unreadable_cell_is_a_diagnostic() -> None:
    table = {"size": ["50", "beaucoup"], "company": ["a", "b"]}
    rows = crmkit.Rules(MODEL).score_leads(table, at=AT, lang="fr").to_dicts()
    assert [row["score"] for row in rows] == [7, 0]
    assert rows[0]["diagnostics"] == []
    assert rows[1]["diagnostics"][0].startswith("size\u00a0: `beaucoup`")


def test_what_a_scored_table_says() -> None:
    scored = crmkit.Rules(MODEL).score_leads(
        {"company": ["<b>"], "size": [60]}, at=AT, keep=["company"], reasons="top1"
    )
    assert (len(scored), scored.model, scored.read, scored.ignored) == (1, "ours@3", [("size", "size")], ["company"])
    assert scored.columns[:3] == ["company", "score", "band"]
    assert repr(scored) == "<crmkit.Scored: 1 rows, model ours@3>"
    html = scored._repr_html_()
    assert "&lt;b&gt;" in html and "<b>" not in html
    assert scored.to_dicts(["score"]) == [{"score": 7}]
    none = crmkit.Rules().score_leads({"company": ["x"]}, at=AT, lang="en", keep="none", reasons="none")
    assert none.columns[0] == "score" and none.to_dicts()[0]["reasons"] == []
    few = crmkit.Rules(MODEL).score_leads({"size": [60]}, at=AT, keep="none", columns=["reason_codes", "score"], threads=2)
    assert few.columns == ["reason_codes", "score"] and few.to_dicts() == [{"reason_codes": ["large:+7"], "score": 7}]
    assert "<th>score</th>" in few._repr_html_() and "large:+7" in few._repr_html_()


def test_a_record() -> None:
    rules = crmkit.Rules(MODEL)
    lead = {"size": 50, "value": {"amount": Decimal("1000"), "currency": "EUR"}, "last_activity_at": AT}
    score = rules.eval("lead_score", {"lead": lead, "at": AT, "lang": "fr"})
    assert (score["score"], score["at"]) == (39, AT)
    values = {e["field"]: e["value"] for r in score["reasons"] for e in r["evidence"]}
    assert values["value"] == {"amount": Decimal("1000.00"), "currency": "EUR"}
    assert values["last_activity_at"] == AT
    text = json.dumps({"lead": {"size": 50}, "at": "2026-11-22T09:00:00Z"})
    assert json.loads(rules.eval_json("lead_score", text))["score"] == 7
    assert rules.eval_json("lead_score", text) == rules.eval_json("lead_score", text.encode())
    with pytest.raises(crmkit.InvalidInput, match="lead_scor"):
        rules.eval("lead_scor", {})
    with pytest.raises(TypeError, match="float"):
        rules.eval("lead_score", {"lead": {"size": 1.5}, "at": AT})
    with pytest.raises(crmkit.InvalidInput):
        rules.eval("lead_score", {"lead": {"company": "\ud800"}, "at": AT})


def test_configurations() -> None:
    assert crmkit.Rules().score_leads({"company": ["x"]}, at=AT).model == "standard@1"
    for same in (json.dumps(MODEL), json.dumps(MODEL).encode(), MODEL):
        assert crmkit.Rules(same).score_leads({"size": [1]}, at=AT).model == "ours@3"  # type: ignore[arg-type]
    for bad in ("", b"", "{", "[]", {"lead_scor": {}}, {"custom": {"lead": [{"name": "É", "type": "text"}]}}):
        with pytest.raises(crmkit.InvalidInput):
            crmkit.Rules(bad)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        crmkit.Rules(3)  # type: ignore[arg-type]


def test_the_example_of_the_package_is_true() -> None:
    found = doctest.testmod(crmkit)
    assert (found.failed, found.attempted) == (0, 4)


def test_pickling_is_refused() -> None:
    rules = crmkit.Rules()
    for thing in (rules, rules.score_leads({"company": ["x"]}, at=AT)):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(thing)


def test_other_threads_go_on_while_leads_are_scored() -> None:
    rules = crmkit.Rules()
    table = {"company": ["Rénov'Ouest"] * 20_000, "size": [24] * 20_000}
    done = threading.Event()
    steps_meanwhile = 0

    def work() -> None:
        rules.score_leads(table, at=AT)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        steps_meanwhile += 1
    thread.join()
    assert steps_meanwhile > 1000

    found: list[list[int]] = []
    small = {"size": [1, 50, 500]}
    threads = [
        threading.Thread(target=lambda: found.append([r["score"] for r in rules.score_leads(small, at=AT).to_dicts()]))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and all(f == found[0] for f in found)


def test_the_docs_name_every_command() -> None:
    """The list that the C header has, too, which is tested against the library's."""

    def commands(text: str, margin: str) -> list[str]:
        about = text.partition("The commands, by what they are about")[2].partition("Free")[0]
        rows = re.findall(rf"^{margin}(\w*) +(\w.*)$", about, re.MULTILINE)
        found, record = [], ""
        for name, verbs in rows:
            record = name or record
            found += [f"{record}.{verb}" for verb in re.findall(r"\w+", verbs)]
        return found

    header = Path(__file__).parents[2] / "crm-ffi" / "include" / "crm.h"
    named = commands(inspect.cleandoc(crmkit.Crm.run.__doc__ or ""), "    ")
    assert named == commands(header.read_text("utf-8"), "//     ") and len(named) > 100


def test_the_docs_name_every_rule_and_every_question() -> None:
    def listed(error: crmkit.CrmError) -> set[str]:
        return set(re.findall(r"`(\w+)`", str(error).partition("expected")[2]))

    def named(doc: str | None) -> set[str]:
        return set(re.findall(r"``(\w+)``", doc or ""))

    with pytest.raises(crmkit.CrmError) as unknown:
        crmkit.Rules().eval("nothing", {})
    assert named(crmkit.Rules.eval.__doc__) == listed(unknown.value)
    with crmkit.Crm.memory() as crm, pytest.raises(crmkit.CrmError) as unknown:
        crm.query("nothing", actor="anne", role="admin", workspace="acme", at=AT)
    assert named(crmkit.Crm.query.__doc__) == listed(unknown.value) - {"workspace", "actor", "at"}

"""Records, commands and questions."""

import os
import pickle
import sys
import threading
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

import crmkit
from crmkit import _errors, _native, _values

AT = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
WHO: Any = {"actor": "marie", "role": "member", "workspace": "acme", "at": AT}
BOSS: Any = {**WHO, "role": "owner"}
RULES = {"custom": {"lead": [{"name": "due", "type": "date"}, {"name": "area", "type": "number"}]}}
LEAD = {
    "company": "Rénov’Ouest",
    "value": {"amount": Decimal("12500.5"), "currency": "EUR"},
    "received_at": AT,
    "tags": ["vip"],
    "custom": {"due": date(2026, 12, 1), "area": Decimal("12.5")},
}


@pytest.fixture(params=["memory", "file"])
def crm(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    rules = crmkit.Rules(RULES)
    opened = crmkit.Crm.memory(rules) if request.param == "memory" else crmkit.Crm.open(tmp_path / "é.db", rules)
    with opened:
        yield opened


def test_a_record_comes_back_as_it_was_given(crm: crmkit.Crm) -> None:
    done = crm.run("lead.create", {"fields": LEAD}, **WHO)
    assert (done["status"], done["seq"], done["replayed"]) == ("done", 1, False)
    lead_id = done["output"]["id"]
    assert isinstance(lead_id, str) and UUID(lead_id)
    row = crm.query("get", {"record": "lead", "id": lead_id}, **WHO)["row"]
    assert row["value"] == {"amount": Decimal("12500.50"), "currency": "EUR"}
    assert (row["received_at"], row["created_at"]) == (AT, AT)
    assert row["custom"] == {"due": date(2026, 12, 1), "area": Decimal("12.5")}
    where = {"field": "company", "op": "eq", "value": "RENOV’OUEST"}
    assert crm.find("lead", where, **WHO) == [row]
    assert crm.query("find", {"record": "lead", "count": True}, **WHO) == {"count": 1}
    assert crm.query("get", {"record": "lead", "id": uuid4()}, **WHO)["row"] is None
    score = crm.query("score", {"id": lead_id, "lang": "fr"}, **WHO)
    assert score["at"] == AT and score["reasons"][0]["text"]
    assert crm.query("verify", **BOSS)


def test_repeating_and_conflicts(crm: crmkit.Crm) -> None:
    command = uuid4()
    first = crm.run("lead.create", {"fields": {"company": "A"}}, **WHO, id=command)
    again = crm.run("lead.create", {"fields": {"company": "A"}}, **WHO, id=str(command))
    assert again == {**first, "replayed": True}
    with pytest.raises(crmkit.Conflict) as refused:
        crm.run("lead.create", {"fields": {"company": "B"}}, **WHO, id=command)
    assert refused.value.code == "command_reused"
    lead_id = first["output"]["id"]
    patch = {"id": lead_id, "version": 1, "fields": {"company": "C"}}
    planned = crm.plan("lead.patch", patch, **WHO)
    assert planned["changes"][0]["fields"]["company"] == ["A", "C"]
    crm.run("lead.patch", patch, **WHO)
    with pytest.raises(crmkit.Conflict) as refused:
        crm.run("lead.patch", {**patch, "fields": {"company": "D"}}, **WHO)
    assert refused.value.detail and refused.value.code == "conflict"
    history = crm.query("history", {"record": "lead", "id": lead_id}, **BOSS)["entries"]
    assert [entry["at"] for entry in history] == [AT, AT]


def test_many_rows(crm: crmkit.Crm) -> None:
    rows = [{"line": i, "fields": {"external_id": str(i), "size": i}} for i in range(1000)]
    crm.run("lead.import", {"source": "test", "on_existing": "skip", "rows": rows}, **BOSS)
    more = [{"line": i, "fields": {"external_id": f"b{i}", "size": i}} for i in range(500)]
    crm.run("lead.import", {"source": "test", "on_existing": "skip", "rows": more}, **BOSS)
    assert len(crm.find("lead", **WHO, limit=1200)) == 1200
    assert len(crm.find("lead", **WHO, limit=5000)) == 1500
    top = crm.find("lead", **WHO, order=[{"field": "size", "descending": True}], limit=1)
    assert top[0]["size"] == 999


def test_scoring_every_lead(crm: crmkit.Crm) -> None:
    assert crm.score_leads(**WHO) == {"scored": 0, "changed": 0}
    for start in (0, 600):
        rows = [{"line": i, "fields": {"external_id": str(start + i), "company": "A"}} for i in range(600)]
        crm.run("lead.import", {"source": "test", "on_existing": "skip", "rows": rows}, **BOSS)
    crm.run("lead.archive", {"id": crm.find("lead", **WHO, limit=1)[0]["id"]}, **BOSS)
    job = uuid4()
    assert crm.score_leads(**BOSS, id=job) == {"scored": 1199, "changed": 1199}
    assert {row["score"] is None for row in crm.find("lead", **WHO, limit=1200)} == {False}
    assert crm.score_leads(**BOSS, id=str(job)) == {"scored": 1199, "changed": 1199}
    assert crm.score_leads(**BOSS) == {"scored": 1199, "changed": 0}
    crm.run("lead.create", {"fields": {"company": "B"}}, **WHO)
    assert crm.score_leads(**BOSS, id=job)["scored"] == 1200
    with pytest.raises(crmkit.Forbidden):
        crm.score_leads(**{**WHO, "role": "viewer"})


VALUES: dict[str, Any] = {
    "text": ["2026-13-45", "12,5", "12_5", "NaN", "20261201", "2026-12-01T10:00:00"],
    "integer": [20261201],
    "number": [Decimal("20261201"), Decimal("-12.5")],
    "boolean": [True],
    "date": [date(2026, 12, 1)],
    "instant": [AT],
    "money": [{"amount": Decimal("12.50"), "currency": "EUR"}],
    "texts": [["a", "b"]],
}


@pytest.mark.parametrize("after", VALUES)
@pytest.mark.parametrize("before", VALUES)
def test_a_field_that_was_declared_anew(before: str, after: str, tmp_path: Path) -> None:
    def rules(kind: str) -> crmkit.Rules:
        return crmkit.Rules({"custom": {"lead": [{"name": "x", "type": kind}]}})

    given = {}
    with crmkit.Crm.open(tmp_path / "crm.db", rules(before)) as crm:
        for value in VALUES[before]:
            done = crm.run("lead.create", {"fields": {"company": "A", "custom": {"x": value}}}, **WHO)
            given[done["output"]["id"]] = value
        assert {row["id"]: row["custom"]["x"] for row in crm.find("lead", **WHO)} == given
    with crmkit.Crm.open(tmp_path / "crm.db", rules(after)) as crm:
        rows = crm.find("lead", **WHO)
        assert {row["id"] for row in rows} == given.keys()
        for row in rows:
            # Text, or what a store makes of it, where it is no value of the new type.
            found = row["custom"].get("x")
            assert found is None or type(found) in (type(given[row["id"]]), str, dict, type(VALUES[after][0])), found
            assert not isinstance(found, Decimal) or found.is_finite()
            crm.query("history", {"record": "lead", "id": row["id"]}, **BOSS)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("instant", 5),
        ("instant", "2026-13-01T00:00:00Z"),
        ("instant", "2026-12-01"),
        ("date", 20261201),
        ("date", "20261201"),
        ("date", "2026-W01-1"),
        ("number", True),
        ("number", "NaN"),
        ("number", "1_0"),
        ("money", "12.50"),
        ("money", {"amount": "x", "currency": "EUR"}),
        ("money", {"amount": "1"}),
    ],
)
def test_a_value_of_another_form_comes_as_it_is(kind: str, value: Any) -> None:
    assert _values.read(value, kind) is value


def test_refusals_are_typed_and_told_in_both_languages(crm: crmkit.Crm) -> None:
    with pytest.raises(crmkit.InvalidInput) as refused:
        crm.run("lead.create", {"fields": {"compagny": "x"}}, **WHO)
    error = refused.value
    assert (error.code, error.number, error.field) == ("unknown_field", 4, "body.fields.compagny")
    assert "did you mean `company`" in error.message("en") and "`company`" in error.message("fr")
    assert error.message("en") != error.message("fr")
    assert isinstance(error, ValueError) and isinstance(error, crmkit.CrmError)
    with pytest.raises(ValueError, match="expected 'en' or 'fr'"):
        error.message("de")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.code, str(copy)) == (crmkit.InvalidInput, error.code, str(error))
    with pytest.raises(crmkit.Forbidden) as forbidden:
        crm.run("lead.create", {"fields": {}}, **{**WHO, "role": "viewer"})
    assert isinstance(forbidden.value, PermissionError)
    with pytest.raises(crmkit.NotFound) as missing:
        crm.run("lead.archive", {"id": uuid4()}, **WHO)
    assert isinstance(missing.value, LookupError)
    with pytest.raises(crmkit.InvalidInput):
        crm.run("lead.creat", {}, **WHO)
    with pytest.raises(crmkit.InvalidInput):
        crm.query("what", {}, **WHO)
    with pytest.raises(TypeError, match="naive"):
        crm.run("lead.create", {"fields": {"received_at": datetime(2026, 1, 1)}}, **WHO)
    with pytest.raises(TypeError, match="naive"):
        crm.run("lead.create", {"fields": {}}, **{**WHO, "at": datetime(2026, 1, 1)})
    with pytest.raises(TypeError, match="float"):
        crm.run("lead.create", {"fields": {"value": {"amount": 1.5, "currency": "EUR"}}}, **WHO)


def test_every_code_has_a_class() -> None:
    for code in ("invalid_handle", "panic", "cancelled"):
        assert code not in _errors._CLASSES
    assert issubclass(crmkit.Busy, crmkit.StorageError) and issubclass(crmkit.StorageError, OSError)


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "crm.db"
    with crmkit.Crm.open(path) as crm:
        crm.run("lead.create", {"fields": {"company": "A"}}, **WHO)
    with crmkit.Crm.open(str(path)) as crm:
        assert [row["company"] for row in crm.find("lead", **WHO)] == ["A"]
    crm.close()
    with pytest.raises(crmkit.CrmError) as closed:
        crm.find("lead", **WHO)
    assert closed.value.code == "invalid_handle"
    (tmp_path / "text.db").write_text("not a database, whatever its name says" * 100)
    with pytest.raises(crmkit.StorageError) as foreign:
        crmkit.Crm.open(tmp_path / "text.db")
    assert foreign.value.code == "corrupt"
    with pytest.raises(crmkit.StorageError):
        crmkit.Crm.open(tmp_path / "missing" / "crm.db")
    with pytest.raises(TypeError):
        crmkit.Crm()
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(crmkit.Crm.memory())


def test_threads_share_a_crm(crm: crmkit.Crm) -> None:
    problems: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for i in range(10):
                crm.run("lead.create", {"fields": {"company": f"{name} {i}"}}, **WHO)
        except BaseException as error:  # noqa: BLE001
            problems.append(error)

    threads = [threading.Thread(target=work, args=(f"t{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == [] and len(crm.find("lead", **WHO)) == 40


@pytest.mark.skipif(not hasattr(os, "fork") or sys.version_info >= (3, 12), reason="forking with threads warns from 3.12 on")
def test_a_forked_child_opens_its_own(tmp_path: Path) -> None:
    with crmkit.Crm.open(tmp_path / "crm.db") as crm:
        crm.run("lead.create", {"fields": {"company": "A"}}, **WHO)
        child = os.fork()
        if child == 0:
            try:
                crmkit.Crm.open(tmp_path / "crm.db").find("lead", **WHO)
                os._exit(7)
            except BaseException:  # noqa: BLE001
                os._exit(8)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert len(crm.find("lead", **WHO)) == 1


def test_a_panic_is_an_exception(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(crmkit.CrmError) as caught:
        _native._panic_for_tests()
    assert (caught.value.code, caught.value.number) == ("panic", 23)
    assert isinstance(caught.value, Exception)
    capfd.readouterr()

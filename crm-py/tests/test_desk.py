"""The lead desk over frames: keys, groups of duplicates, routing."""

from datetime import datetime, timezone
from typing import Any

import pytest

import crmkit

AT = datetime(2026, 11, 23, 9, tzinfo=timezone.utc)
ROWS: dict[str, list[Any]] = {
    "Adresse": ["J.Doe+x@gmail.com", " jdoe@GoogleMail.com", None, "marie@renov-ouest.fr", None],
    "phone": ["06 12 34 56 78", None, "+33 6 12 34 56 78", "call me", None],
    "source": ["web", "Web ", None, "event", "web"],
}
MAP = {"Adresse": "email"}
EMAILS = ["jdoe@gmail.com", "jdoe@gmail.com", None, "marie@renov-ouest.fr", None]
RULES = {
    "routing": {
        "members": [{"user": "marie"}, {"user": "paul"}],
        "teams": [{"id": "sales", "members": ["marie", "paul"]}],
        "queues": ["later"],
        "rules": [
            {"id": "web", "priority": 1, "match": {"source": "web"}, "target": {"team": "sales"}},
            {"id": "rest", "priority": 2, "target": {"queue": "later"}},
        ],
    }
}


@pytest.fixture(scope="module")
def rules() -> crmkit.Rules:
    return crmkit.Rules(RULES)


def frames() -> list[Any]:
    """The rows as frames of whatever is installed."""
    found: list[Any] = [ROWS]
    for name, make in (
        ("polars", lambda polars: polars.DataFrame(ROWS)),
        ("polars", lambda polars: polars.DataFrame(ROWS).with_columns(polars.col("source").cast(polars.Categorical))),
        ("pandas", lambda pandas: pandas.DataFrame(ROWS)),
        ("pyarrow", lambda pyarrow: pyarrow.table(ROWS)),
        ("pyarrow", lambda pyarrow: pyarrow.table(ROWS).to_reader(max_chunksize=2)),
    ):
        try:
            module = __import__(name)
        except ImportError:
            continue
        found.append(make(module))
    return found


@pytest.mark.parametrize("place", range(len(frames())))
def test_keys_groups_and_routing_of_any_frame(rules: crmkit.Rules, place: int) -> None:
    keys = rules.identity_keys(frames()[place], columns=["email_key", "dedupe_kind"], map=MAP)
    rows = keys.to_dicts()
    assert keys.columns[-2:] == ["email_key", "dedupe_kind"] and "Adresse" in keys.columns
    assert [row["email_key"] for row in rows] == EMAILS
    assert [row["dedupe_kind"] for row in rows] == ["email", "email", "phone", "email", None]
    assert keys.read == [("Adresse", "email"), ("phone", "phone")] and keys.ignored == ["source"]

    groups = rules.duplicate_groups(frames()[place], by="any", map=MAP, keep="none")
    assert [(row["group"], row["group_size"]) for row in groups.to_dicts()] == [(0, 3), (0, 3), (0, 3), (1, 1), (None, None)]
    assert groups.answer["group"] == {"groups": 2, "shared_groups": 1, "shared_rows": 3, "largest": 3, "without_key": 1}

    routed = rules.route(frames()[place], at=AT, lang="fr", keep=["Adresse"])
    assert [row["user"] or row["queue"] for row in routed.to_dicts()] == ["marie", "paul", "later", "later", "marie"]
    assert routed.rules == ["web", "rest"] and routed.counts["users"] == {"marie": 2, "paul": 1}
    assert all(len(row["reasons"]) >= 1 for row in routed.to_dicts())


def test_back_into_frames(rules: crmkit.Rules) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(ROWS)
    keyed = polars.DataFrame(rules.identity_keys(frame, map=MAP))
    assert keyed["email_key"].to_list() == EMAILS and keyed["Adresse"].equals(frame["Adresse"])
    grouped = polars.DataFrame(rules.duplicate_groups(frame, by={"who": "email", "line": ["phone_key"]}, map=MAP))
    assert grouped["who_group"].to_list() == [0, 0, None, 1, None]
    assert grouped["line_size"].to_list() == [2, None, 2, None, None]
    duckdb = pytest.importorskip("duckdb")
    arrow = keyed.to_arrow()  # noqa: F841
    found = rules.duplicate_groups(duckdb.sql("SELECT * FROM arrow"), map=MAP)
    assert [row["group"] for row in found.to_dicts()] == [0, 0, 1, 2, None]


def test_one_table_after_the_other_is_both_at_once(rules: crmkit.Rules) -> None:
    first = {name: column[:2] for name, column in ROWS.items()}
    second = {name: column[2:] for name, column in ROWS.items()}
    before = rules.route(first, at=AT)
    after = rules.route(second, at=AT, state=before.state)
    whole = rules.route(ROWS, at=AT)
    assert before.to_dicts(["user"]) + after.to_dicts(["user"]) == whole.to_dicts(["user"])
    assert after.state == whole.state
    one = rules.eval("routing", {"lead": {"source": "web"}, "state": before.state, "at": AT})
    assert one["decision"]["user"] == after.to_dicts()[2]["user"] == "marie"


def test_the_rule_that_matches_needs_no_state(rules: crmkit.Rules) -> None:
    matched = rules.route(ROWS, at=AT, columns=["matched_rule"], keep="none", threads=2)
    assert [row["matched_rule"] for row in matched.to_dicts()] == [0, 0, 1, 1, 0]
    assert matched.state == {} and matched.counts == {}


def test_what_is_wrong_is_said_with_its_place(rules: crmkit.Rules) -> None:
    for wrong, text in (
        (lambda: rules.identity_keys(ROWS, columns=["email_kee"], map=MAP), "email_kee"),
        (lambda: rules.identity_keys({"Adresse": ["x"]}), "Adresse"),
        (lambda: rules.identity_keys(ROWS, map={"Mail": "email"}), "Mail"),
        (lambda: rules.duplicate_groups(ROWS, by="mail"), "name_company"),
        (lambda: rules.route(ROWS, at=AT, state={"turn": {}}), "state: .*turns"),
        (lambda: rules.route(ROWS, at=AT, account_owner="owner"), "account_owner"),
    ):
        with pytest.raises(crmkit.InvalidInput, match=text):
            wrong()
    with pytest.raises(TypeError, match="no table"):
        rules.identity_keys(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="frame or into dicts"):
        __import__("pickle").dumps(rules.identity_keys(ROWS, map=MAP))


def test_a_cell_that_cannot_be_read_is_listed(rules: crmkit.Rules) -> None:
    keys = rules.identity_keys({"company": ["x" * 10_000_000, "SARL Ouest"]}, lang="fr", keep="none")
    rows = keys.to_dicts(["company_key", "diagnostics"])
    assert rows[0]["company_key"] is None and rows[0]["diagnostics"][0].startswith("company\u00a0:")
    assert rows[1] == {"company_key": "ouest", "diagnostics": []}
    assert repr(keys).startswith("<crmkit.Evaluated: 2 rows") and "<td>ouest</td>" in keys._repr_html_()

"""One row explained: the same answer as the row rule's, printed and shown in a notebook."""

import doctest
import re
from datetime import datetime, timezone
from html.parser import HTMLParser
from typing import Any

import pytest

import crmkit
from crmkit import _explained

AT = datetime(2026, 11, 23, 8, tzinfo=timezone.utc)
LEAD = {
    "company": "Rénov’Ouest",
    "job_title": "Gérante",
    "source": "Recommandation",
    "size": 24,
    "email": "claire@gmail.com",
    "page_views": 80,
    "consent": "opted_out",
    "last_activity_at": AT,
}


def table(lead: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [None, value] for name, value in lead.items()}


def model(labels: list[str], points: list[int], cap: int = 100_000) -> crmkit.Rules:
    """Rules that all apply where `size` is 1."""
    when = {"field": "size", "op": "eq", "value": 1}
    rules = [
        {"id": f"r{i}", "labels": {"en": label, "fr": label}, "points": n, "when": when}
        for i, (label, n) in enumerate(zip(labels, points))
    ]
    group = {"id": "all", "labels": {"en": "everything", "fr": "tout"}, "max": cap, "rules": rules}
    bands = [{"id": "hot", "from": 10}, {"id": "cold", "from": -1000}]
    return crmkit.Rules({"lead_score": {"id": "ours", "version": 1, "bands": bands, "fit": {"groups": [group]}}})


def test_a_row_explained_is_the_row_evaluated() -> None:
    rules = crmkit.Rules()
    scored = rules.score_leads(table(LEAD), at=AT, keep="none", columns=["score"])
    for lang in ("en", "fr"):
        explained = scored.explain(1, lang)  # type: ignore[arg-type]
        assert explained == rules.eval("lead_score", {"lead": LEAD, "at": AT, "lang": lang})
        assert explained["reasons"][0]["evidence"] == [{"field": "job_title", "value": "Gérante"}]
    assert explained.score == scored.to_dicts()[1]["score"] == sum(r["points_milli"] for r in explained.reasons) / 1000
    assert (explained.band, explained.band_text, explained.model) == ("cold", "froid", "standard@1")
    assert explained.grade is not None and explained.diagnostics == [] and set(explained.sections) == {"fit", "engagement"}
    assert explained.next_change_at is not None and explained.next_change_at.tzinfo is not None
    assert "score" in explained and len(explained) == len(dict(explained))
    assert scored.explain(0).score == rules.eval("lead_score", {"lead": {}, "at": AT})["score"]


def test_the_language_is_the_tables_unless_asked() -> None:
    rules = crmkit.Rules()
    french = rules.score_leads(table(LEAD), at=AT, lang="fr")
    assert french.explain(1).reasons[0]["text"].startswith("Poste de décideur")
    assert french.explain(1, "en").reasons[0]["text"].startswith("Decides on purchases")
    assert rules.score_leads(table(LEAD), at=AT).explain(1).reasons[0]["text"].startswith("Decides on purchases")


def test_rows_that_are_not_there() -> None:
    scored = crmkit.Rules().score_leads({"company": ["a", "b"]}, at=AT)
    for row in (2, -1, 10**9):
        with pytest.raises(IndexError, match=rf"no row {row} in a table of 2 rows"):
            scored.explain(row)
    with pytest.raises(IndexError, match="of 0 rows"):
        crmkit.Rules().score_leads({"company": []}, at=AT).explain(0)
    with pytest.raises(TypeError):
        scored.explain("1")  # type: ignore[arg-type]
    with pytest.raises(crmkit.InvalidInput):
        scored.explain(0, "de")  # type: ignore[arg-type]


def test_what_could_not_be_read_is_told() -> None:
    scored = crmkit.Rules().score_leads({"size": ["beaucoup"], "company": ["x"]}, at=AT, lang="fr")
    explained = scored.explain(0)
    assert explained.diagnostics[0]["field"] == "size"
    assert "! size\u00a0: `beaucoup`" in str(explained)
    assert "Cellules qui n’ont pas pu être lues" in explained._repr_html_()


def test_printed_it_is_a_waterfall() -> None:
    printed = str(model(["gain", "loss"], [30, -10], 15).score_leads({"size": [1]}, at=AT).explain(0))
    assert printed.splitlines() == [
        "15 points, hot · ours@1 · 2026-11-23T08:00:00Z",
        "  30 ++++++++++++++++++++++++++++++++ gain: +30 points",
        "  20                      ----------- loss: -10 points",
        "  15                 -----            limit of 15 points for everything: -5 points",
    ]
    assert repr(model(["x"], [1]).score_leads({"size": [0]}, at=AT).explain(0)).endswith("\n  no rule applies")
    below = model(["a", "b"], [-3, 1]).score_leads({"size": [1]}, at=AT, lang="fr").explain(0)
    assert str(below).splitlines()[0].startswith("-2 points") and str(below).splitlines()[1].startswith("  -3 ---")
    assert doctest.testmod(_explained).failed == 0


class Shown(HTMLParser):
    """The rows of a waterfall: text, left edge, width, total."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag != "col":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        style = dict(attrs).get("style") or ""
        if found := re.search(r"margin-left:min\(([\d.]+)%.*?width:([\d.]+)%", style):
            self.rows[-1] += found.groups()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.rows and self.open[-1] in ("td", "b"):
            self.rows[-1].append(data)


def test_a_notebook_shows_bars_from_nothing_to_the_score() -> None:
    html = model(["gain", "loss"], [30, -10], 15).score_leads({"size": [1]}, at=AT).explain(0)._repr_html_()
    assert Shown(html).rows == [
        ["gain: +30 points", "0.00", "100.00", "30"],
        ["loss: -10 points", "66.67", "33.33", "20"],
        ["limit of 15 points for everything: -5 points", "50.00", "16.67", "15"],
        ["15 points", "0.00", "50.00", "15"],
    ]
    assert Shown(html).tags <= {"div", "table", "colgroup", "col", "tbody", "tr", "td", "b"}, "no script, no style sheet"
    below = model(["a", "b"], [-30, 10]).score_leads({"size": [1]}, at=AT, lang="fr").explain(0)._repr_html_()
    assert [row[1:3] for row in Shown(below).rows] == [["0.00", "100.00"], ["0.00", "33.33"], ["33.33", "66.67"]]
    assert '<div lang="fr"' in below


def test_labels_are_text_not_markup() -> None:
    bad = "<b>bold</b><script>alert(1)</script> & \"quoted\" " + "x" * 120
    html = model([bad] * 25, list(range(1, 26))).score_leads({"size": [1]}, at=AT).explain(0)._repr_html_()
    shown = Shown(html)
    assert "script" not in shown.tags and len(shown.rows) == 26
    assert shown.rows[0][0] == f"{bad}: +25 points"


def test_answers_without_texts_have_codes() -> None:
    rules = model(["gain"], [3], 2)
    explained = crmkit.Explained(rules.eval("lead_score", {"lead": {"size": 1}, "at": AT}))
    assert "rule_points r0: 3" in str(explained) and "group_cap all: -1" in str(explained)

"""The daily page in a real browser: what is seen without scrolling, that nothing of a record becomes more than text."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crmkit
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
SEEN = {"actor": "marie", "role": "manager", "workspace": "w", "at": "2026-11-23T07:00:00Z"}
NASTY = [
    "</title><script>document.title='owned'</script>",
    '"><img src=x onerror="document.title=1">',
    "<style>body{display:none}</style>",
    "facture\u202egpj.exe",
]


def day(names: list[str] | None = None) -> crmkit.Crm:
    """The example's workspace; with `names`, deals and leads of those names beside."""
    crm = crmkit.Crm.memory()
    for step in json.loads((EXAMPLES / "data/day/commands.json").read_text(encoding="utf-8")):
        actor = step["actor"]
        crm.run(step["command"], step["body"], actor=actor["name"], role=actor["role"], workspace="w", at=step["at"])
    for name in names or []:
        value = {"amount": "90000", "currency": "EUR"}
        deal = {"name": name, "owner": name, "stage": "devis", "value": value, "close_date": "2026-12-01"}
        crm.run("deal.create", {"fields": deal}, actor="anne", role="admin", workspace="w", at=SEEN["at"])
        task = {"title": name, "assignee": "marie", "due_date": "2026-11-02", "priority": "urgent"}
        crm.run("task.create", {"fields": task}, actor="anne", role="admin", workspace="w", at=SEEN["at"])
    return crm


def page(lang: str, names: list[str] | None = None) -> crmkit.Report:
    with day(names) as crm:
        return crmkit.report(crm, **SEEN, lang=lang, zone="Europe/Paris", currency="EUR")


def test_the_page_is_the_questions_answer(tmp_path: Path) -> None:
    with day() as crm:
        written = crmkit.report(crm, **SEEN, lang="fr", zone="Europe/Paris").write(tmp_path / "day.html")
        asked = crm.query("page", {"lang": "fr", "zone": "Europe/Paris"}, **SEEN)
        assert written.read_bytes().decode() == asked["html"]
        with pytest.raises(crmkit.InvalidInput, match="zone"):
            crmkit.report(crm, **SEEN, zone="Europe/Nantes")
    assert asked["currency"] == "EUR"


def test_the_example_writes_it(tmp_path: Path) -> None:
    script = EXAMPLES / "python/daily_page.py"
    for lang in ("en", "fr"):
        file = tmp_path / f"{lang}.html"
        subprocess.run([sys.executable, script, file, "--lang", lang], check=True, capture_output=True)
        assert file.read_text(encoding="utf-8").startswith(f'<!DOCTYPE html>\n<html lang="{lang}">')


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    chrome, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not chrome or not driver:
        pytest.skip("no chromium with chromedriver on this machine")
    options = webdriver.ChromeOptions()
    options.binary_location = chrome
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"):
        options.add_argument(argument)
    options.add_argument("--disable-component-update")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    opened.set_window_size(1280, 940)
    yield opened
    opened.quit()


def visible(browser: Any, css: str) -> list[str]:
    """The texts of the elements that lie wholly inside of the window, without scrolling."""
    inside = """
        return [...document.querySelectorAll(arguments[0])].filter(e => {
          const r = e.getBoundingClientRect(), s = getComputedStyle(e);
          return r.width > 0 && r.top >= 0 && r.left >= 0 && r.bottom <= innerHeight && r.right <= innerWidth
            && s.visibility === 'visible' && s.opacity !== '0';
        }).map(e => e.innerText)"""
    return list(browser.execute_script(inside, css))


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_first_screen_says_what_to_do_today(browser: Any, tmp_path: Path, lang: str) -> None:
    with day() as crm:
        html = crmkit.report(crm, **SEEN, lang=lang, zone="Europe/Paris", currency="EUR")
        inbox = crm.query("inbox", {"user": "marie", "limit": 5, "zone": "Europe/Paris", "lang": lang}, **SEEN)
    browser.get(html.write(tmp_path / "day.html").as_uri())
    todo = visible(browser, "#today li")
    assert len(todo) >= 5
    for item, shown in zip(inbox["items"], todo, strict=False):
        assert item["title"] in shown and item["reasons"][0]["text"] in shown
    tiles = visible(browser, ".tiles a")
    amount = "142,100.00\xa0EUR" if lang == "en" else "142\xa0100,00\xa0EUR"
    assert any(amount.replace("\xa0", " ") in tile.replace("\xa0", " ").replace("\u202f", " ") for tile in tiles), tiles
    waiting, late = ("Waiting for your OK", "Overdue tasks") if lang == "en" else ("En attente de votre accord", "Tâches en retard")
    assert [f"{waiting}\n1", f"{late}\n1"] == [tile for tile in tiles if tile.startswith((waiting, late))]
    shot = browser.get_screenshot_as_png()
    if "CRMKIT_SHOTS" in os.environ:
        (Path(os.environ["CRMKIT_SHOTS"]) / f"day_{lang}.png").write_bytes(shot)
    assert shot.startswith(b"\x89PNG") and len(set(shot)) > 100


def test_everything_of_the_page_can_be_reached(browser: Any, tmp_path: Path) -> None:
    browser.get(page("fr").write(tmp_path / "day.html").as_uri())
    for anchor in ("forecast", "waterfall", "bands", "board", "risks", "leads"):
        seen = "const e = document.getElementById(arguments[0]); e.scrollIntoView(); return e.innerText.length"
        assert browser.execute_script(seen, anchor) > 20, anchor
    # Bars are drawn: each has a size and a colour that is not its background's.
    sizes = "return [...document.querySelectorAll('svg rect')].map(r => [r.getBoundingClientRect().width, getComputedStyle(r).fill])"
    drawn = browser.execute_script(sizes)
    assert len(drawn) > 20 and all(width > 0 and fill != "rgb(0, 0, 0)" for width, fill in drawn)
    # Nothing sticks out of the window at the side.
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    browser.set_window_size(500, 900)
    try:
        assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    finally:
        browser.set_window_size(1280, 940)


def test_names_stay_names_and_nothing_is_asked_of_the_network(browser: Any, tmp_path: Path) -> None:
    browser.get_log("performance")
    file = page("en", NASTY).write(tmp_path / "day.html").as_uri()
    browser.get(file)
    assert browser.title == "The day"
    assert browser.execute_script("return document.querySelectorAll('script, img, link, iframe').length") == 0
    shown = " ".join(visible(browser, "#today li"))
    assert NASTY[0] in shown and NASTY[1] in shown and "U+202E" in browser.page_source
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert asked == {file}

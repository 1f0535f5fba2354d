"""The day on one page, in Python: a small company's records, and the HTML file that says what to do today.

    python examples/python/daily_page.py [FILE] [--lang fr]
"""

import argparse
import json
from pathlib import Path

import crmkit

arguments = argparse.ArgumentParser(description="Writes the page of a Monday morning.")
arguments.add_argument("file", nargs="?", default="daily_page.html")
arguments.add_argument("--lang", choices=["en", "fr"], default="en")
options = arguments.parse_args()

workspace = "Couvreurs de l’Ouest"
day = json.loads((Path(__file__).parent / "../data/day/commands.json").read_text(encoding="utf-8"))
with crmkit.Crm.memory() as crm:
    for step in day:
        actor, role = step["actor"]["name"], step["actor"]["role"]
        crm.run(step["command"], step["body"], actor=actor, role=role, workspace=workspace, at=step["at"])
    page = crmkit.report(
        crm,
        actor="marie",
        role="manager",
        workspace=workspace,
        at="2026-11-23T07:00:00Z",
        lang=options.lang,
        zone="Europe/Paris",
        currency="EUR",
    )
    print(page.write(options.file))

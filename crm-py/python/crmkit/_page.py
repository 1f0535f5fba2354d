"""The day on one page."""

from __future__ import annotations

import os
from datetime import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmkit._crm import Crm, Role


class Report(str):
    """A page of HTML: one file that opens no connection and runs no program. Notebooks show it as it is."""

    __slots__ = ()

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Writes the page as a file of UTF-8, and gives its path."""
        written = Path(path)
        written.write_text(self, encoding="utf-8", newline="\n")
        return written

    def _repr_html_(self) -> str:
        # A frame without any permission keeps the page's styles apart from the notebook's.
        return f'<iframe sandbox="" style="width:100%;height:48em;border:0" srcdoc="{escape(self)}"></iframe>'


def report(
    crm: Crm,
    *,
    actor: str,
    role: Role,
    workspace: str,
    at: datetime | str,
    lang: str = "en",
    zone: str | None = None,
    currency: str | None = None,
    user: str | None = None,
) -> Report:
    """The day on one page: what to do first, the figures, the forecast with what changed and how sure it is, the board,
    and why deals are at risk and leads are hot; in English or French, of what the actor sees.

        crmkit.report(crm, actor="marie", role="manager", workspace="acme", at=now, lang="fr").write("day.html")

    ``zone`` is the time zone of days (that of the configuration's part ``tasks`` where it is absent), ``currency`` that
    of the figures (that of the part ``forecast``, or of the open deals if they have only one), ``user`` whose inbox it
    is (the actor's).

    Raises `InvalidInput` where open deals are in several currencies and nobody says which to use.
    """
    asked: dict[str, Any] = {"lang": lang, "zone": zone, "currency": currency, "user": user}
    body = {key: value for key, value in asked.items() if value is not None}
    return Report(crm.query("page", body, actor=actor, role=role, workspace=workspace, at=at)["html"])

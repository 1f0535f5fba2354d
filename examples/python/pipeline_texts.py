"""The words of the pipeline review, in English and French."""

from __future__ import annotations

from datetime import date
from typing import Any

CODES = {
    "sales": {"en": "Sales", "fr": "Ventes"},
    "prospecting": {"en": "Prospecting", "fr": "Prospection"},
    "engaging": {"en": "Engaging", "fr": "En discussion"},
    "won": {"en": "Won", "fr": "Gagnée"},
    "lost": {"en": "Lost", "fr": "Perdue"},
}

ENGLISH = {
    "title": "Pipeline review of {day}",
    "read": "{deals} deals of {owners} owners in the teams of {managers} managers",
    "unpriced": "{count} open deals have no value in the export: the list price of their product stands in",
    "board": "Board",
    "open_column": "  {name:<16}{count:>6}{value:>20}   weighted {weighted:>17}   at risk {risky:>5}",
    "closed_column": "  {name:<16}{count:>6}{value:>20}",
    "owners": "Forecast by owner",
    "managers": "Forecast by manager",
    "people_head": f"  {'':<24}{'won':>18}{'open, undated':>18}{'weighted':>18}",
    "person": "  {name:<24}{won:>18}{amount:>18}{weighted:>18}",
    "total": "Total",
    "risks": "Deals at risk",
    "risk": "  {score:>3}  {name} ({owner}, {value})",
    "more": "  … and {count} more with some risk",
    "bands": "What the open deals will bring",
    "band": "  P10 {p10} · P50 {p50} · P90 {p90} · mean {mean}",
}

FRENCH = {
    "title": "Revue du pipeline au {day}",
    "read": "{deals} affaires de {owners} commerciaux, dans les équipes de {managers} responsables",
    "unpriced": "{count} affaires ouvertes sont sans valeur dans l’export\u00a0: le prix catalogue du produit en tient lieu",
    "board": "Tableau",
    "open_column": "  {name:<16}{count:>6}{value:>20}   pondéré {weighted:>17}   à risque {risky:>5}",
    "closed_column": "  {name:<16}{count:>6}{value:>20}",
    "owners": "Prévision par commercial",
    "managers": "Prévision par responsable",
    "people_head": f"  {'':<24}{'gagné':>18}{'ouvert, sans date':>18}{'pondéré':>18}",
    "person": "  {name:<24}{won:>18}{amount:>18}{weighted:>18}",
    "total": "Total",
    "risks": "Affaires à risque",
    "risk": "  {score:>3}  {name} ({owner}, {value})",
    "more": "  … et {count} autres avec un risque",
    "bands": "Ce que les affaires ouvertes rapporteront",
    "band": "  P10 {p10} · P50 {p50} · P90 {p90} · moyenne {mean}",
}


def words(lang: str) -> dict[str, str]:
    return FRENCH if lang == "fr" else ENGLISH


def day(when: date, lang: str) -> str:
    return f"{when:%d/%m/%Y}" if lang == "fr" else when.isoformat()


def amount(text: str, lang: str) -> str:
    """An amount with its thousands apart."""
    whole, _, cents = text.partition(".")
    grouped = f"{int(whole):,}"
    return f"{grouped.replace(',', chr(0x202F))},{cents}\u00a0$" if lang == "fr" else f"${grouped}.{cents}"


def told(line: str, lang: str, **values: Any) -> str:
    """A line with its values; texts of amounts are shown as amounts."""
    return line.format(**{k: amount(v, lang) if is_amount(v) else v for k, v in values.items()})


def is_amount(value: Any) -> bool:
    return isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit()

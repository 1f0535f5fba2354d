"""The words of the review of promises, in English and French."""

from __future__ import annotations

ENGLISH = {
    "title": "{incidents} incidents with {events} events, opened from {first} to {last}",
    "policy": "Working days from 08:00 to 17:00 in Los Angeles, until an incident is closed; nothing pauses the clock",
    "kept": "Kept promises",
    "kept_head": f"  {'':<14}{'incidents':>10}{'target':>10}{'kept':>8}{'':>9}{'mean':>12}{'median':>12}",
    "kept_line": "  {name:<14}{count:>10}{target:>10}{kept:>8}{share:>9}{mean:>12}{median:>12}",
    "agreement": "Beside the log's own flag made_sla",
    "agreement_head": f"  {'':<14}{'agree':>8}{'kept/made':>12}{'kept/missed':>13}{'broken/made':>13}{'broken/missed':>15}",
    "agreement_line": "  {name:<14}{agree:>8}{kept_made:>12}{kept_missed:>13}{broken_made:>13}{broken_missed:>15}",
    "agree": "  {agree} of {incidents} agree ({share})",
    "waiting": "Waiting for others (open time)",
    "waited": "  {name:<20}{times:>6} times{length:>14}",
    "if_paused": "  if that paused the clock, {agree} of {incidents} would agree",
    "explained": "{number} explained (the log: {made})",
    "made": "made",
    "missed": "missed",
}

FRENCH = {
    "title": "{incidents} incidents et {events} événements, ouverts du {first} au {last}",
    "policy": "Jours ouvrés de 8 h à 17 h à Los Angeles, jusqu’à la clôture de l’incident\u202f; rien ne suspend le délai",
    "kept": "Engagements tenus",
    "kept_head": f"  {'':<14}{'incidents':>10}{'délai':>10}{'tenus':>8}{'':>9}{'moyenne':>12}{'médiane':>12}",
    "kept_line": "  {name:<14}{count:>10}{target:>10}{kept:>8}{share:>9}{mean:>12}{median:>12}",
    "agreement": "Face à l’indicateur made_sla du journal (calculé/journal)",
    "agreement_head": f"  {'':<14}{'accord':>8}{'tenu/tenu':>12}{'tenu/manqué':>13}{'manqué/tenu':>13}{'manqué/manqué':>15}",
    "agreement_line": "  {name:<14}{agree:>8}{kept_made:>12}{kept_missed:>13}{broken_made:>13}{broken_missed:>15}",
    "agree": "  {agree} sur {incidents} concordent ({share})",
    "waiting": "En attente d’autrui (temps ouvré)",
    "waited": "  {name:<20}{times:>6} fois{length:>15}",
    "if_paused": "  si ces attentes suspendaient le délai, {agree} sur {incidents} concorderaient",
    "explained": "{number} expliqué (journal\u00a0: {made})",
    "made": "tenu",
    "missed": "manqué",
}


def words(lang: str) -> dict[str, str]:
    return FRENCH if lang == "fr" else ENGLISH


def day(instant: str, lang: str) -> str:
    year, month, date = instant[:10].split("-")
    return f"{date}/{month}/{year}" if lang == "fr" else instant[:10]


def hours(seconds: float, lang: str) -> str:
    text = f"{seconds / 3600:,.1f}"
    return f"{text.replace(',', ' ').replace('.', ',')}\u00a0h" if lang == "fr" else f"{text} h"


def share(part: int, whole: int, lang: str) -> str:
    text = f"{100 * part / whole:.1f}"
    return f"{text.replace('.', ',')}\u00a0%" if lang == "fr" else f"{text} %"

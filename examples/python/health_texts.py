"""The words of the review of customers' health, in English and French."""

from __future__ import annotations

MEASURES = {
    "tenure": {"en": "months as a customer", "fr": "mois d’ancienneté"},
    "contract": {"en": "length of the contract in months", "fr": "durée du contrat en mois"},
    "support": {"en": "technical support", "fr": "assistance technique"},
    "security": {"en": "online security", "fr": "sécurité en ligne"},
    "payment": {"en": "no payment by electronic check", "fr": "paiement autre que par chèque électronique"},
    "charges": {"en": "monthly charge", "fr": "facture mensuelle"},
}
BANDS = {
    "red": {"en": "red", "fr": "rouge"},
    "orange": {"en": "orange", "fr": "orange"},
    "yellow": {"en": "yellow", "fr": "jaune"},
    "green": {"en": "green", "fr": "vert"},
    "unknown": {"en": "unknown", "fr": "inconnu"},
}

ENGLISH = {
    "title": "{rows} customers of {file}",
    "table": "The first of them",
    "table_head": f"  {'':<14}{'score':>8}  {'band':<10}{'known':>8}",
    "table_line": "  {name:<14}{score:>8}  {band:<10}{known:>8}",
    "bands": "Who left, by the health that the model gives",
    "bands_head": f"  {'':<12}{'customers':>11}{'left':>8}{'rate':>9}",
    "bands_line": "  {name:<12}{n:>11}{left:>8}{rate:>9}",
    "auc": "  of two customers, one who left and one who stayed, the one who stayed has more points in {share} of {pairs} pairs",
    "auc_exact": "  (AUC {auc}, exactly; a tie is half a pair)",
    "coverage": "Coverage: how much of the model is known",
    "coverage_line": "  {known:>8} of the weights: {n} customers",
    "unscored": "  too little is known of {n}",
    "explained": "{name}: {score} points, {band}",
    "helps": "  what would help:",
    "total": "Total",
    "no_file": "{file} is not there",
    "lacking": "{file} has no column {columns}: it is not the Telco churn table",
    "no_customer": "{file} has no customer {name}",
    "bad_cell": "{file}, line {line}, column {column}: {found} is none of {expected}",
    "diagnosed": "{file}, customer {name}: {found}",
}

FRENCH = {
    "title": "{rows} clients de {file}",
    "table": "Les premiers d’entre eux",
    "table_head": f"  {'':<14}{'score':>8}  {'niveau':<10}{'connu':>8}",
    "table_line": "  {name:<14}{score:>8}  {band:<10}{known:>8}",
    "bands": "Qui est parti, selon la santé que donne le modèle",
    "bands_head": f"  {'':<12}{'clients':>11}{'partis':>8}{'taux':>9}",
    "bands_line": "  {name:<12}{n:>11}{left:>8}{rate:>9}",
    "auc": "  de deux clients, l’un parti, l’autre resté, celui qui est resté a le plus de points dans {share} des {pairs} paires",
    "auc_exact": "  (AUC {auc}, exactement\u202f; une égalité compte pour moitié)",
    "coverage": "Couverture\u00a0: ce qui est connu du modèle",
    "coverage_line": "  {known:>8} des poids\u00a0: {n} clients",
    "unscored": "  trop peu est connu de {n} clients",
    "explained": "{name}\u00a0: {score} points, {band}",
    "helps": "  ce qui aiderait\u00a0:",
    "total": "Total",
    "no_file": "{file} est introuvable",
    "lacking": "{file} n’a pas de colonne {columns}\u00a0: ce n’est pas la table Telco",
    "no_customer": "{file} n’a pas de client {name}",
    "bad_cell": "{file}, ligne {line}, colonne {column}\u00a0: {found} n’est aucun de {expected}",
    "diagnosed": "{file}, client {name}\u00a0: {found}",
}


def words(lang: str) -> dict[str, str]:
    return FRENCH if lang == "fr" else ENGLISH


def count(number: int, lang: str) -> str:
    return f"{number:,}".replace(",", "\u202f") if lang == "fr" else f"{number:,}"


def decimal(number: object, lang: str) -> str:
    return str(number).replace(".", ",") if lang == "fr" else str(number)


def share(basis_points: int | None, lang: str) -> str:
    if basis_points is None:
        return "–"
    text = f"{basis_points / 100:.1f}"
    return f"{text.replace('.', ',')}\u00a0%" if lang == "fr" else f"{text}%"

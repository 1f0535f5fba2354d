"""The words of the review of a Zoho export, in English and French."""

from __future__ import annotations

from decimal import Decimal

FILES = {
    "Users.csv": {"en": "Users", "fr": "Utilisateurs"},
    "Accounts.csv": {"en": "Accounts", "fr": "Comptes"},
    "Contacts.csv": {"en": "Contacts", "fr": "Contacts"},
    "Leads.csv": {"en": "Leads", "fr": "Leads"},
    "Potentials.csv": {"en": "Deals", "fr": "Affaires"},
    "Cases.csv": {"en": "Cases", "fr": "Tickets"},
    "Tasks.csv": {"en": "Tasks", "fr": "Tâches"},
    "Campaigns.csv": {"en": "Campaigns", "fr": "Campagnes"},
    "Calls.csv": {"en": "Calls", "fr": "Appels"},
}
STAGES = {
    "prospect": {"en": "Prospect", "fr": "Prospection"},
    "qualification": {"en": "Qualification", "fr": "Qualification"},
    "needs_analysis": {"en": "Needs analysis", "fr": "Analyse des besoins"},
    "initial_offer": {"en": "Initial offer", "fr": "Première offre"},
    "proposal": {"en": "Proposal", "fr": "Proposition"},
    "negotiation": {"en": "Negotiation", "fr": "Négociation"},
    "closed_won": {"en": "Won", "fr": "Gagnée"},
    "closed_lost": {"en": "Lost", "fr": "Perdue"},
}

ENGLISH = {
    "title": "A Zoho export, as of {day}; reports from {first} on",
    "imported": "What came in",
    "import_head": f"  {'':<16}{'lines':>8}{'taken in':>10}{'repeated':>10}{'refused':>9}{'dangling':>10}",
    "import_line": "  {name:<16}{lines:>8}{taken:>10}{repeated:>10}{refused:>9}{dangling:>10}",
    "dangling": "  dangling: numbers of records that the export does not have; what names them came in without the link",
    "refused": "What was refused",
    "nothing_refused": "  nothing",
    "refused_line": "  {file}, line {line}, column {column}: {reason}",
    "refused_more": "  … and {count} more in column {column} of {file}",
    "no_moment": "this is no date as Zoho writes them",
    "no_amount": "this is no amount as Zoho writes them",
    "no_answer": "neither Yes nor No",
    "no_number": "not a whole number",
    "no_code": "a value that this review does not know",
    "leads": "Leads by source",
    "leads_head": f"  {'':<22}{'came in':>9}{'converted':>11}{'rate':>9}{'merged':>8}",
    "leads_line": "  {name:<22}{created:>9}{converted:>11}{rate:>9}{merged:>8}",
    "wins": "Won and lost",
    "wins_head": f"  {'':<20}{'won':>6}{'lost':>6}{'rate':>9}{'value won':>18}{'days to win':>13}",
    "wins_line": "  {name:<20}{won:>6}{lost:>6}{rate:>9}{value:>18}{days:>13}",
    "days_note": "  days to win: the median",
    "stages": "Open deals of the window by stage",
    "stages_note": "  the export has no moves: a deal is taken to be in its stage since it came in",
    "stages_head": f"  {'':<22}{'entered':>9}{'advanced':>10}{'lost':>6}{'still there':>13}",
    "stages_line": "  {name:<22}{entered:>9}{advanced:>10}{lost:>6}{still:>13}",
    "support": "Cases by month",
    "support_head": f"  {'':<22}{'start':>7}{'came in':>9}{'closed':>8}{'end':>7}",
    "support_line": "  {name:<22}{start:>7}{opened:>9}{resolved:>8}{end:>7}",
    "holds": "  {start} + {came} - {went} = {end}: nothing was lost on the way",
    "fails": "  {start} + {came} - {went} is not {end}",
    "board": "Board",
    "board_head": f"  {'':<22}{'deals':>7}{'value':>18}",
    "board_line": "  {name:<22}{count:>7}{value:>18}",
    "forecast": "Forecast by the close date",
    "forecast_head": f"  {'':<22}{'won':>18}{'open':>18}{'deals':>7}",
    "forecast_line": "  {name:<22}{won:>18}{open:>18}{count:>7}",
    "before": "  deals whose close date is before: {count}",
    "work": "Work",
    "tasks": "  {open} of {tasks} tasks are open, {late} of them late",
    "calls": "  {calls} calls, {hours} in all; {linked} of them with a contact, an account or a lead",
    "spent": "  {campaigns} campaigns for {cost}, {budget} were planned",
    "total": "Total",
    "nobody": "(nobody)",
    "not_there": "{folder} has no {file}: this is not the folder of a Zoho export",
    "lacking": "{file} has no column {columns}",
}

FRENCH = {
    "title": "Un export Zoho, au {day}\u202f; rapports à partir du {first}",
    "imported": "Ce qui est entré",
    "import_head": f"  {'':<16}{'lignes':>8}{'reprises':>10}{'répétées':>10}{'refusées':>10}{'orphelines':>12}",
    "import_line": "  {name:<16}{lines:>8}{taken:>10}{repeated:>10}{refused:>10}{dangling:>12}",
    "dangling": "  orphelines\u00a0: elles nomment une fiche que l’export n’a pas, et sont reprises sans ce lien",
    "refused": "Ce qui a été refusé",
    "nothing_refused": "  rien",
    "refused_line": "  {file}, ligne {line}, colonne {column}\u00a0: {reason}",
    "refused_more": "  … et {count} de plus dans la colonne {column} de {file}",
    "no_moment": "ce n’est pas une date telle que Zoho les écrit",
    "no_amount": "ce n’est pas un montant tel que Zoho les écrit",
    "no_answer": "ni Yes ni No",
    "no_number": "ce n’est pas un nombre entier",
    "no_code": "une valeur que cette revue ne connaît pas",
    "leads": "Leads par source",
    "leads_head": f"  {'':<22}{'arrivés':>9}{'convertis':>11}{'taux':>9}{'fusionnés':>11}",
    "leads_line": "  {name:<22}{created:>9}{converted:>11}{rate:>9}{merged:>11}",
    "wins": "Gagnées et perdues",
    "wins_head": f"  {'':<20}{'gagnées':>9}{'perdues':>9}{'taux':>9}{'montant gagné':>18}{'jours':>9}",
    "wins_line": "  {name:<20}{won:>9}{lost:>9}{rate:>9}{value:>18}{days:>9}",
    "days_note": "  jours\u00a0: médiane de la durée jusqu’au gain",
    "stages": "Affaires ouvertes de la période, par étape",
    "stages_note": "  l’export ne dit rien des passages\u00a0: une affaire est réputée à son étape depuis son arrivée",
    "stages_head": f"  {'':<22}{'entrées':>9}{'avancées':>10}{'perdues':>9}{'toujours là':>13}",
    "stages_line": "  {name:<22}{entered:>9}{advanced:>10}{lost:>9}{still:>13}",
    "support": "Tickets par mois",
    "support_head": f"  {'':<22}{'début':>7}{'arrivés':>9}{'clos':>8}{'fin':>7}",
    "support_line": "  {name:<22}{start:>7}{opened:>9}{resolved:>8}{end:>7}",
    "holds": "  {start} + {came} − {went} = {end}\u00a0: rien ne s’est perdu en route",
    "fails": "  {start} + {came} − {went} ne fait pas {end}",
    "board": "Tableau",
    "board_head": f"  {'':<22}{'affaires':>9}{'montant':>19}",
    "board_line": "  {name:<22}{count:>9}{value:>19}",
    "forecast": "Prévision, par date de clôture",
    "forecast_head": f"  {'':<22}{'gagné':>19}{'ouvert':>19}{'affaires':>10}",
    "forecast_line": "  {name:<22}{won:>19}{open:>19}{count:>10}",
    "before": "  affaires dont la date de clôture est antérieure\u00a0: {count}",
    "work": "Travail",
    "tasks": "  {open} tâches sur {tasks} sont ouvertes, dont {late} en retard",
    "calls": "  {calls} appels, {hours} en tout\u202f; {linked} sont liés à un contact, un compte ou un lead",
    "spent": "  {campaigns} campagnes pour {cost}, contre {budget} prévus",
    "total": "Total",
    "nobody": "(personne)",
    "not_there": "{folder} n’a pas de fichier {file}\u00a0: ce n’est pas le dossier d’un export Zoho",
    "lacking": "{file} n’a pas de colonne {columns}",
}


def words(lang: str) -> dict[str, str]:
    return FRENCH if lang == "fr" else ENGLISH


def count(number: int, lang: str) -> str:
    return f"{number:,}".replace(",", "\u202f") if lang == "fr" else f"{number:,}"


def amount(text: str, lang: str) -> str:
    grouped = f"{Decimal(text):,.2f}"
    return f"{grouped.replace(',', chr(0x202F)).replace('.', ',')}\u00a0$" if lang == "fr" else f"${grouped}"


def share(basis_points: int | None, lang: str) -> str:
    if basis_points is None:
        return "–"
    text = f"{basis_points / 100:.1f}"
    return f"{text.replace('.', ',')}\u00a0%" if lang == "fr" else f"{text}%"


def date(text: str, lang: str) -> str:
    year, month, day = text[:10].split("-")
    return f"{day}/{month}/{year}" if lang == "fr" else text[:10]


def month(text: str, lang: str) -> str:
    return f"{text[5:7]}/{text[:4]}" if lang == "fr" else text[:7]


def number(text: str, lang: str) -> str:
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return short.replace(".", ",") if lang == "fr" else short

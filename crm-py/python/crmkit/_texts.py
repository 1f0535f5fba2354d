"""What the shell says, in English and in French."""

from __future__ import annotations

from collections.abc import Sequence

_HEADS = {
    "en": ("Rank", "Score", "Band", "Grade", "Lead", "Reasons"),
    "fr": ("Rang", "Score", "Niveau", "Classe", "Lead", "Raisons"),
}


class Texts:
    """The shell's sentences in one language."""

    def __init__(self, lang: str) -> None:
        self._french = lang == "fr"
        self.head = _HEADS[lang]

    def plural(self, n: int, english: tuple[str, str], french: tuple[str, str]) -> str:
        """A number with its noun: in French zero and one are singular, in English only one is."""
        one, many = french if self._french else english
        singular = n < 2 if self._french else n == 1
        return f"{n} {one if singular else many}"

    def read(self, leads: int, file: str, records: int, duplicates: int, repaired: int) -> str:
        """What came in."""
        counts = (
            self.plural(records, ("record", "records"), ("ligne", "lignes")),
            self.plural(duplicates, ("repeated", "repeated"), ("en double", "en double")),
            self.plural(repaired, ("repaired", "repaired"), ("réparée", "réparées")),
        )
        text = self.plural(leads, ("lead read", "leads read"), ("lead lu", "leads lus"))
        return f"{text} {'dans' if self._french else 'from'} {file} ({', '.join(counts)})"

    def ignored(self, names: Sequence[str]) -> str:
        """Which columns fed nothing."""
        columns = self.plural(
            len(names), ("column not used", "columns not used"), ("colonne non utilisée", "colonnes non utilisées")
        )
        return f"{columns}{self._colon} {', '.join(names)}"

    def zone(self) -> str:
        """That nobody chose a zone."""
        if self._french:
            return "heures sans fuseau lues en UTC (--zone Europe/Paris pour en changer)"
        return "times that name no zone read as UTC (--zone Europe/Paris changes this)"

    def scored(self, leads: int, model: str, at: str) -> str:
        """What was computed, and for when."""
        text = self.plural(leads, ("lead scored", "leads scored"), ("lead évalué", "leads évalués"))
        return f"{text} par {model} au {at}" if self._french else f"{text} by {model} as of {at}"

    def more(self, leads: int) -> str:
        """How many leads the table leaves out."""
        text = self.plural(leads, ("more lead", "more leads"), ("autre lead", "autres leads"))
        if self._french:
            return f"… et {text} (--top en montre plus, --out les écrit tous)"
        return f"… and {text} (--top shows more, --out writes all)"

    def written(self, rows: int, file: str) -> str:
        """What went out."""
        text = self.plural(rows, ("row written", "rows written"), ("ligne écrite", "lignes écrites"))
        return f"{text} {'dans' if self._french else 'to'} {file}"

    def refused(self, rows: int) -> str:
        """The heading of what did not come in."""
        text = self.plural(rows, ("row refused", "rows refused"), ("ligne refusée", "lignes refusées"))
        return f"{text}{self._colon}"

    def alike(self, first: str, others: int) -> str:
        """A reason that many rows share, told once."""
        if not others:
            return first
        text = self.plural(others, ("row", "rows"), ("autre ligne semblable", "autres lignes semblables"))
        return f"{first} (et {text})" if self._french else f"{first} (and {text} like it)"

    def refused_more(self, rows: int) -> str:
        """How many refused rows are not shown."""
        text = self.plural(rows, ("more row", "more rows"), ("autre ligne", "autres lignes"))
        return f"… et {text}" if self._french else f"… and {text}"

    def hint(self, options: Sequence[str]) -> str:
        """The options that would let refused rows, or the file, in."""
        if self._french:
            return f"→ pour les accepter, relancez avec\u00a0: {' '.join(options)}"
        return f"→ to let them in, run it again with: {' '.join(options)}"

    def file_hint(self, option: str) -> str:
        """The option with which a file could be read."""
        if self._french:
            return f"→ pour lire le fichier, relancez avec\u00a0: {option}"
        return f"→ to read the file, run it again with: {option}"

    def overwrites(self, out: str, read: str) -> str:
        """Why nothing is written."""
        if self._french:
            return f"--out {out}\u00a0: c’est le fichier lu, {read}, qui serait écrasé\u202f; choisissez un autre nom"
        return f"--out {out}: this is the file that is read, {read}, and would be overwritten; choose another name"

    @property
    def _colon(self) -> str:
        return "\u00a0:" if self._french else ":"

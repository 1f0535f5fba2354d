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
        self.french = lang == "fr"
        self.head = _HEADS[lang]

    def plural(self, n: int, english: tuple[str, str], french: tuple[str, str]) -> str:
        """A number with its noun: in French zero and one are singular, in English only one is."""
        one, many = french if self.french else english
        singular = n < 2 if self.french else n == 1
        return f"{n} {one if singular else many}"

    def read(self, leads: int, file: str, records: int, duplicates: int, repaired: int) -> str:
        """What came in."""
        counts = (
            self.plural(records, ("record", "records"), ("ligne", "lignes")),
            self.plural(duplicates, ("repeated", "repeated"), ("en double", "en double")),
            self.plural(repaired, ("repaired", "repaired"), ("réparée", "réparées")),
        )
        text = self.plural(leads, ("lead read", "leads read"), ("lead lu", "leads lus"))
        return f"{text} {'dans' if self.french else 'from'} {file} ({', '.join(counts)})"

    def read_table(self, leads: int, file: str) -> str:
        """The same of a table, whose rows are all leads."""
        text = self.plural(leads, ("lead read", "leads read"), ("lead lu", "leads lus"))
        return f"{text} {'dans' if self.french else 'from'} {file}"

    def progress(self, rows: int, percent: int) -> str:
        """How far a run is."""
        count = f"{rows:,}"
        if self.french:
            return f"{percent}\u00a0% · {count.replace(',', chr(0x202F))} {'lead' if rows < 2 else 'leads'}"
        return f"{percent}% · {count} {'lead' if rows == 1 else 'leads'}"

    def forgot(self) -> str:
        """That a file was too long to compare all of its records."""
        if self.french:
            return "doublons cherchés parmi les 1\u202f800\u202f000 lignes qui précèdent chacune"
        return "repetitions looked for among the 1,800,000 records before each"

    def unread(self, rows: int, first: int, said: str) -> str:
        """The cells of a table that could not be read, by the first of them."""
        if self.french:
            text = self.plural(rows, ("", ""), ("ligne avec des cellules illisibles", "lignes avec des cellules illisibles"))
            return f"{text}\u202f; la première est la ligne {first}\u00a0: {said}"
        text = self.plural(rows, ("row has cells", "rows have cells"), ("", ""))
        return f"{text} that could not be read; the first is row {first}: {said}"

    def ignored(self, names: Sequence[str]) -> str:
        """Which columns fed nothing."""
        columns = self.plural(
            len(names), ("column not used", "columns not used"), ("colonne non utilisée", "colonnes non utilisées")
        )
        return f"{columns}{self._colon} {', '.join(names)}"

    def zone(self) -> str:
        """That nobody chose a zone."""
        if self.french:
            return "heures sans fuseau lues en UTC (--zone Europe/Paris pour en changer)"
        return "times that name no zone read as UTC (--zone Europe/Paris changes this)"

    def scored(self, leads: int, model: str, at: str) -> str:
        """What was computed, and for when."""
        text = self.plural(leads, ("lead scored", "leads scored"), ("lead évalué", "leads évalués"))
        return f"{text} par {model} au {at}" if self.french else f"{text} by {model} as of {at}"

    def more(self, leads: int) -> str:
        """How many leads the table leaves out."""
        text = self.plural(leads, ("more lead", "more leads"), ("autre lead", "autres leads"))
        if self.french:
            return f"… et {text} (--top en montre plus, --out les écrit tous)"
        return f"… and {text} (--top shows more, --out writes all)"

    def written(self, rows: int, file: str) -> str:
        """What went out."""
        text = self.plural(rows, ("row written", "rows written"), ("ligne écrite", "lignes écrites"))
        return f"{text} {'dans' if self.french else 'to'} {file}"

    def refused(self, rows: int) -> str:
        """The heading of what did not come in."""
        text = self.plural(rows, ("row refused", "rows refused"), ("ligne refusée", "lignes refusées"))
        return f"{text}{self._colon}"

    def alike(self, first: str, others: int) -> str:
        """A reason that many rows share, told once."""
        if not others:
            return first
        text = self.plural(others, ("row", "rows"), ("autre ligne semblable", "autres lignes semblables"))
        return f"{first} (et {text})" if self.french else f"{first} (and {text} like it)"

    def refused_more(self, rows: int) -> str:
        """How many refused rows are not shown."""
        text = self.plural(rows, ("more row", "more rows"), ("autre ligne", "autres lignes"))
        return f"… et {text}" if self.french else f"… and {text}"

    def hint(self, options: Sequence[str]) -> str:
        """The options that would let refused rows, or the file, in."""
        if self.french:
            return f"→ pour les accepter, relancez avec\u00a0: {' '.join(options)}"
        return f"→ to let them in, run it again with: {' '.join(options)}"

    def file_hint(self, option: str) -> str:
        """The option with which a file could be read."""
        if self.french:
            return f"→ pour lire le fichier, relancez avec\u00a0: {option}"
        return f"→ to read the file, run it again with: {option}"

    def overwrites(self, out: str, read: str) -> str:
        """Why nothing is written."""
        if self.french:
            return f"--out {out}\u00a0: c’est le fichier lu, {read}, qui serait écrasé\u202f; choisissez un autre nom"
        return f"--out {out}: this is the file that is read, {read}, and would be overwritten; choose another name"

    def only_csv(self, option: str) -> str:
        """An option that a Parquet file has no use for."""
        if self.french:
            return f"{option} ne concerne que les fichiers CSV\u202f; celui-ci est en Parquet"
        return f"{option} is for CSV files; this one is Parquet"

    def no_choice(self, found: str) -> str:
        """A `--map` of another form."""
        if self.french:
            return f"--map {found}\u00a0: il faut COLONNE=CHAMP, ou COLONNE=- pour l’écarter"
        return f"--map {found}: expected COLUMN=FIELD, or COLUMN=- to leave it out"

    def broken_parquet(self, said: str) -> str:
        """What the package that reads Parquet says."""
        return f"ce fichier Parquet est illisible\u00a0: {said}" if self.french else f"this Parquet file cannot be read: {said}"

    def no_reader(self) -> str:
        """That nothing here reads Parquet."""
        if self.french:
            return "c’est un fichier Parquet, et aucun paquet installé n’en lit\u00a0: pip install pyarrow (ou polars, ou duckdb)"
        return "this is a Parquet file, and no package here reads one: pip install pyarrow (or polars, or duckdb)"

    def no_writer(self, out: str) -> str:
        """That nothing here writes Parquet."""
        if self.french:
            return f"--out {out}\u00a0: pour écrire du Parquet il faut pyarrow\u00a0: pip install pyarrow"
        return f"--out {out}: writing Parquet needs pyarrow: pip install pyarrow"

    @property
    def _colon(self) -> str:
        return "\u00a0:" if self.french else ":"

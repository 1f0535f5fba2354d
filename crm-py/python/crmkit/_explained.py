"""One lead's score, explained: the whole answer, and a waterfall from nothing to the score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any

# Readable on white and on black; gains and losses also differ by their direction and their sign.
_GAIN, _LOSS, _CUT, _TOTAL = "#2e9e5b", "#d0504c", "#c98a1b", "#6f86b5"
_LINE = "rgba(127,127,127,.7)"
_CELL = "padding:.15em .6em;text-align:left;white-space:normal;vertical-align:middle;border:0"
_NUMBER = "padding:.15em .6em;text-align:right;white-space:nowrap;vertical-align:middle;border:0"
_TEXT_WIDTH = 32

_WORDS = {
    "en": {
        "point": "point",
        "points": "points",
        "nothing": "no rule applies",
        "unread": "Cells that could not be read",
    },
    "fr": {
        "point": "point",
        "points": "points",
        "nothing": "aucune règle ne s’applique",
        "unread": "Cellules qui n’ont pas pu être lues",
    },
}


class Explained(Mapping[str, Any]):
    """The whole answer of one lead, as ``Rules.eval("lead_score", ...)`` gives it: a mapping, with the usual parts as
    attributes. Printed, it is a waterfall of text; a notebook shows one of bars.

        >>> import crmkit
        >>> answer = crmkit.Rules().eval(
        ...     "lead_score", {"lead": {"company": "Acme"}, "at": "2026-11-22T09:00:00Z", "lang": "en"}
        ... )
        >>> print(crmkit.Explained(answer))
        4 points, cold, C3 · standard@1 · 2026-11-22T09:00:00Z
          4 ++++++++++++++++++++++++++++++++ Company known: +4 points
    """

    def __init__(self, answer: Mapping[str, Any], lang: str = "en") -> None:
        self._answer = dict(answer)
        self._lang = "fr" if lang == "fr" else "en"

    def __getitem__(self, key: str) -> Any:
        return self._answer[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._answer)

    def __len__(self) -> int:
        return len(self._answer)

    @property
    def score(self) -> int:
        """The score in whole points."""
        score: int = self._answer["score"]
        return score

    @property
    def band(self) -> str | None:
        """The id of the band."""
        return self._answer.get("band")

    @property
    def band_text(self) -> str | None:
        """What people call the band."""
        return self._answer.get("band_text", self.band)

    @property
    def grade(self) -> str | None:
        """Letter and digit, if the model grades."""
        return self._answer.get("grade")

    @property
    def model(self) -> str:
        """The score model, as ``id@version``."""
        return str(self._answer.get("model", ""))

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """The reasons with their evidence; their ``points_milli`` sum to the score."""
        return list(self._answer.get("reasons", []))

    @property
    def sections(self) -> dict[str, Any]:
        """The points of fit and of engagement."""
        return dict(self._answer.get("sections", {}))

    @property
    def next_change_at(self) -> datetime | None:
        """The earliest instant at which time alone may change the score."""
        return self._answer.get("next_change_at")

    @property
    def diagnostics(self) -> list[dict[str, Any]]:
        """What could not be read."""
        return list(self._answer.get("diagnostics", []))

    def __str__(self) -> str:
        steps = self._steps()
        low, high = _range(steps)
        totals = [_points(after, self._lang) for _, _, after, _ in steps]
        width = max((len(total) for total in totals), default=0)
        lines = [self._title()]
        for (_, before, after, text), total in zip(steps, totals):
            start, end = (_cells(value, low, high) for value in sorted((before, after)))
            end = max(end, start + 1) if before != after else end
            start = min(start, _TEXT_WIDTH - 1) if before != after else start
            bar = " " * start + ("+" if after > before else "-") * (min(end, _TEXT_WIDTH) - start)
            lines.append(f"  {total.rjust(width)} {bar.ljust(_TEXT_WIDTH)} {text}")
        if not steps:
            lines.append(f"  {_WORDS[self._lang]['nothing']}")
        return "\n".join([*lines, *(f"  ! {said}" for said in self._unread())])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        steps = self._steps()
        low, high = _range(steps)
        rows = [
            _row(escape(text), _points(after, self._lang), before, after, low, high, color)
            for color, before, after, text in steps
        ]
        if steps:
            total = f"<b>{escape(self._counted())}</b>"
            rows.append(_row(total, f"<b>{self.score}</b>", 0, self.score * 1000, low, high, _TOTAL))
        else:
            rows.append(f'<tr><td style="{_CELL}">{escape(_WORDS[self._lang]["nothing"])}</td></tr>')
        unread = "".join(f"<li>{escape(said)}</li>" for said in self._unread())
        if unread:
            heading = escape(_WORDS[self._lang]["unread"])
            unread = f'<div style="margin:.4em .6em 0">{heading}<ul style="margin:0">{unread}</ul></div>'
        return (
            f'<div lang="{self._lang}" style="max-width:60em"><div style="margin:.2em .6em">{escape(self._title())}</div>'
            '<table style="border-collapse:collapse;table-layout:fixed;width:100%;border:0;font-size:inherit">'
            '<colgroup><col style="width:52%"><col style="width:38%"><col style="width:10%"></colgroup>'
            f"<tbody>{''.join(rows)}</tbody></table>{unread}</div>"
        )

    def _counted(self) -> str:
        words = _WORDS[self._lang]
        singular = abs(self.score) < 2 if self._lang == "fr" else self.score == 1
        return f"{self.score} {words['point' if singular else 'points']}"

    def _title(self) -> str:
        named = ", ".join(part for part in (self._counted(), self.band_text, self.grade) if part)
        at = self._answer.get("at", "")
        at = at.isoformat().replace("+00:00", "Z") if isinstance(at, datetime) else str(at)
        return " · ".join(part for part in (named, self.model, at) if part)

    def _steps(self) -> list[tuple[str, int, int, str]]:
        """Color, thousandths before and after, and text of every reason."""
        steps = []
        before = 0
        for reason in self._answer.get("reasons", []):
            milli: int = reason["points_milli"]
            # What has no rule is a cut: a cap, a decay, a rounding.
            color = (_GAIN if milli > 0 else _LOSS) if "rule" in reason else _CUT
            steps.append((color, before, before + milli, self._text(reason)))
            before += milli
        return steps

    def _text(self, reason: Mapping[str, Any]) -> str:
        if "text" in reason:
            return str(reason["text"])
        name = next((str(reason[key]) for key in ("rule", "group", "section") if key in reason), "")
        return f"{reason['code']} {name}: {reason['points']}".replace(" :", ":")

    def _unread(self) -> list[str]:
        colon = "\u00a0:" if self._lang == "fr" else ":"
        found = [(item.get("field"), item["message"][self._lang]) for item in self._answer.get("diagnostics", [])]
        return [said if name is None else f"{name}{colon} {said}" for name, said in found]


def _range(steps: list[tuple[str, int, int, str]]) -> tuple[int, int]:
    """The lowest and the highest total on the way, nothing and the rounded score included."""
    totals = [0, *(after for _, _, after, _ in steps)]
    return min(totals), max(max(totals), min(totals) + 1)


def _cells(value: int, low: int, high: int) -> int:
    return round((value - low) * _TEXT_WIDTH / (high - low))


def _points(milli: int, lang: str) -> str:
    sign, size = ("-", -milli) if milli < 0 else ("", milli)
    fraction = f"{size % 1000:03}".rstrip("0")
    mark = "," if lang == "fr" else "."
    return f"{sign}{size // 1000}{mark + fraction if fraction else ''}"


def _row(text: str, total: str, before: int, after: int, low: int, high: int, color: str) -> str:
    """A line of the waterfall; `text` and `total` are HTML."""
    left, right = sorted((before, after))
    share = 100 / (high - low)
    line = f"background:linear-gradient({_LINE},{_LINE}) {-low * share:.2f}% 0/1px 100% no-repeat"
    bar = (
        f"margin-left:min({(left - low) * share:.2f}%,calc(100% - 2px));width:{(right - left) * share:.2f}%;"
        f"min-width:2px;height:.9em;border-radius:2px;background:{color}"
    )
    return (
        f'<tr><td style="{_CELL};overflow-wrap:anywhere">{text}</td>'
        f'<td style="{_CELL};padding-left:0;padding-right:0;{line}"><div aria-hidden="true" style="{bar}"></div></td>'
        f'<td style="{_NUMBER}">{total}</td></tr>'
    )

"""Numbers as HTML tables with a bar behind each: self-contained, readable without colours, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from html import escape

# Readable on white and on black.
_COLOR, _LOSS = "#6f86b5", "#d0504c"
_WIDTH, _HEIGHT = 160, 12
_LEFT = "padding:.15em .6em;text-align:left;border:0"
_RIGHT = "padding:.15em .6em;text-align:right;white-space:nowrap;border:0"


def table(lang: str, title: str, head: Sequence[str], rows: Sequence[tuple[str, Sequence[str], Fraction]]) -> str:
    """A table of texts, which are escaped here, with a bar in the last column."""
    most = max((abs(value) for _, _, value in rows), default=Fraction(0))
    lines = "".join(
        f'<tr><th scope="row" style="{_LEFT}">{escape(name)}</th>'
        + "".join(f'<td style="{_RIGHT}">{escape(cell)}</td>' for cell in cells)
        + f'<td style="{_LEFT}">{_bar(value, most)}</td></tr>'
        for name, cells, value in rows
    )
    heads = "".join(f'<th scope="col" style="{_LEFT if i == 0 else _RIGHT}">{escape(text)}</th>' for i, text in enumerate(head))
    return (
        f'<div lang="{escape(lang)}" style="max-width:60em">'
        '<table style="border-collapse:collapse;border:0;font-size:inherit">'
        f'<caption style="text-align:left;padding:.2em .6em">{escape(title)}</caption>'
        f'<thead><tr>{heads}<td aria-hidden="true"></td></tr></thead><tbody>{lines}</tbody></table></div>'
    )


def _bar(value: Fraction, most: Fraction) -> str:
    """An inline SVG; what it shows stands beside it as text."""
    width = int(abs(value) * _WIDTH / most) if most else 0
    color = _LOSS if value < 0 else _COLOR
    return (
        f'<svg aria-hidden="true" focusable="false" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<rect width="{width}" height="{_HEIGHT}" rx="2" fill="{color}"/></svg>'
    )


def number(text: str | Decimal, lang: str) -> str:
    """An amount as people of a language write it."""
    plain = format(Decimal(text), ",f")
    if lang == "fr":
        return plain.replace(",", "\u202f").replace(".", ",").replace("-", "\u2212")
    return plain.replace("-", "\u2212")

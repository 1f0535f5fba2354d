#!/usr/bin/env python3
"""W8: what quotes come to, by crmkit and by pandas, in one run.

    python benches/compare/w8.py [--quotes 100000] [--rounds 5]

Each quote has some five lines in three rates; lines are rounded, then VAT once for each rate (EN 16931). pandas does it
with whole cents and basis points, made outside of the clock; with objects of `Decimal`; and with floats, as it is
mostly written. All answers are compared quote by quote; the exit status is 1 where exact ones differ."""

import argparse
import sys
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import paired

import crmkit

RATES = (2000, 1000, 550)
DISCOUNTS = (0, 0, 0, 250, 500, 1000)
CENT = Decimal("0.01")
DECIMAL = "pandas, objects of `Decimal`"


def generated(quotes):
    """Lines as whole numbers: quantity, price in cents, discount and rate in basis points."""
    random = np.random.default_rng(8)
    lines = random.integers(1, 10, quotes)
    count = int(lines.sum())
    return pd.DataFrame({
        "quote": np.repeat(np.arange(quotes), lines),
        "quantity": random.integers(1, 40, count),
        "cents": random.integers(99, 250_000, count),
        "discount_bp": random.choice(DISCOUNTS, count),
        "rate_bp": random.choice(RATES, count),
    })


def arrow(lines):
    """The same as decimals."""
    def decimals(column):
        return pa.array([Decimal(whole).scaleb(-2) for whole in lines[column].tolist()], pa.decimal128(12, 2))

    return pa.table({
        "quote": lines["quote"].to_numpy(), "quantity": lines["quantity"].to_numpy(),
        "unit_price": decimals("cents"), "discount_percent": decimals("discount_bp"), "rate": decimals("rate_bp"),
    })


def half_up(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def whole_cents(lines):
    net = half_up(lines["quantity"] * lines["cents"] * (10_000 - lines["discount_bp"]), 10_000)
    rows = pd.DataFrame({"quote": lines["quote"], "rate_bp": lines["rate_bp"], "net": net})
    rates = rows.groupby(["quote", "rate_bp"], sort=False, as_index=False)["net"].sum()
    rates["vat"] = half_up(rates["net"] * rates["rate_bp"], 10_000)
    totals = rates.groupby("quote")[["net", "vat"]].sum()
    totals["gross"] = totals["net"] + totals["vat"]
    return totals


def objects(lines):
    """With `Decimal`, as one writes it who knows that floats are wrong."""
    off = 1 - lines["discount"] / 100
    net = (lines["quantity"] * lines["price"] * off).map(lambda net: net.quantize(CENT, ROUND_HALF_UP))
    rows = pd.DataFrame({"quote": lines["quote"], "rate": lines["rate"], "net": net})
    rates = rows.groupby(["quote", "rate"], sort=False, as_index=False)["net"].sum()
    rates["vat"] = (rates["net"] * rates["rate"] / 100).map(lambda vat: vat.quantize(CENT, ROUND_HALF_UP))
    totals = rates.groupby("quote")[["net", "vat"]].sum()
    totals["gross"] = totals["net"] + totals["vat"]
    return totals


def floats(lines):
    net = (lines["quantity"] * lines["price"] * (1 - lines["discount"] / 100)).round(2)
    rows = pd.DataFrame({"quote": lines["quote"], "rate": lines["rate"], "net": net})
    rates = rows.groupby(["quote", "rate"], sort=False, as_index=False)["net"].sum()
    rates["vat"] = (rates["net"] * rates["rate"] / 100).round(2)
    totals = rates.groupby("quote")[["net", "vat"]].sum()
    totals["gross"] = totals["net"] + totals["vat"]
    return totals


def cents(column):
    """A column of decimals of any kind as whole cents."""
    if isinstance(column, pa.ChunkedArray):
        return np.array([int(amount.scaleb(2)) for amount in column.to_pylist()])
    if column.dtype == object:
        return column.map(lambda value: int(value.scaleb(2))).to_numpy(np.int64)
    return (column * 100).round().to_numpy(np.int64) if column.dtype == float else column.to_numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quotes", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    lines = generated(given.quotes)
    table = arrow(lines)
    plain = table.to_pandas().rename(columns={"unit_price": "price", "discount_percent": "discount"})
    floating = plain.assign(**{name: plain[name].astype(float) for name in ("price", "discount", "rate")})
    rules = crmkit.Rules()
    ways = {
        "**crmkit**, pyarrow table to pyarrow table": lambda: pa.table(rules.quote_totals(table, currency="EUR")),
        "pandas, cents and basis points as integers from the start (an expert's)": lambda: whole_cents(lines),
        DECIMAL: lambda: objects(plain),
        "pandas, float64": lambda: floats(floating),
    }
    answers, seconds = paired.measure(ways, given.rounds)
    paired.table(f"W8, {len(lines):,} lines", given.quotes, "quote", "quotes", seconds, DECIMAL)
    keys = ("net", "vat", "gross")
    ours, exact, decimal, floating = ({key: cents(answer[key]) for key in keys} for answer in answers.values())
    wrong = {name: sum(int((other[key] != exact[key]).sum()) for key in exact)
             for name, other in (("crmkit", ours), ("pandas with `Decimal`", decimal))}
    if any(wrong.values()):
        print(f"DIFFERENT from pandas with whole cents: {wrong}")
        sys.exit(1)
    off = np.zeros(given.quotes, bool)
    for key in exact:
        off |= floating[key] != exact[key]
    print(
        f"All exact answers agree, quote by quote. With floats {int(off.sum()):,} of {given.quotes:,} quotes are off by a "
        "cent or more: a half cent is not a half in binary, and `round` goes to the even digit."
    )


main()

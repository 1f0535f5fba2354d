#!/usr/bin/env python3
"""W9: attribution of touches, by crmkit and by pandas, in one run.

    python benches/compare/w9.py [--touches 1000000] [--rounds 5]

A fifth as many people as touches; two in five of them bought something, for an amount that is divided between their
touches until then by the U-shaped model (40 %, 20 % between all others, 40 %), in millionths and in cents that add up, by
largest remainder. pandas does it with whole numbers, by sorting and `groupby`; and with floats, as it is mostly written.
Answers are compared touch by touch; the exit status is 1 where exact ones differ."""

import argparse
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import paired

import crmkit

CHANNELS = np.array(["search", "paid search", "email", "social", "fair", "call", "referral", "direct"])
START = np.datetime64("2025-01-01T00:00:00", "us")
SECONDS = 500 * 86_400


def generated(touches):
    random = np.random.default_rng(9)
    people = max(touches // 5, 1)
    rows = pd.DataFrame({
        "subject": random.integers(0, people, touches),
        # One touch of a second each, so that the order is the same for everybody.
        "at": START + random.permutation(SECONDS)[:touches].astype("timedelta64[s]"),
        "channel": pd.Categorical.from_codes(random.integers(0, len(CHANNELS), touches), CHANNELS),
    })
    buyers = random.permutation(people)[: people * 2 // 5]
    bought = START + random.integers(0, SECONDS, len(buyers)).astype("timedelta64[s]") + np.timedelta64(500, "ms")
    deals = pd.DataFrame({"subject": buyers, "converted_at": bought, "cents": random.integers(100, 5_000_000, len(buyers))})
    return rows, deals


def arrow(rows, deals):
    """The same as Arrow tables, amounts as decimals."""
    def instants(column):
        return pa.array(column.to_numpy(), pa.timestamp("us", "UTC"))

    amount = pa.array([Decimal(cents).scaleb(-2) for cents in deals["cents"].tolist()], pa.decimal128(12, 2))
    touches = pa.table({
        "subject": rows["subject"].to_numpy(), "at": instants(rows["at"]),
        "channel": pa.array(rows["channel"]),
    })
    return touches, pa.table({
        "subject": deals["subject"].to_numpy(), "converted_at": instants(deals["converted_at"]), "amount": amount,
    })


def path(rows, deals):
    """The touches that count, in order, with how many there are and which it is."""
    joined = rows.reset_index().merge(deals, on="subject")
    joined = joined[joined["at"] <= joined["converted_at"]].sort_values(["subject", "at"], kind="stable")
    grouped = joined.groupby("subject")["index"]
    return joined.assign(place=grouped.cumcount(), count=grouped.transform("size"))


def divided(rows, total):
    """Largest remainders by subject: whole parts of a total that add up to it."""
    middle = (rows["count"] - 2).clip(lower=1)
    is_key = (rows["place"] == 0) | (rows["place"] == rows["count"] - 1)
    weight = np.where(is_key, 2 * middle, 1)
    whole = np.where(rows["count"] > 2, 5 * middle, np.where(rows["count"] == 2, 4, 2))
    exact = total.to_numpy() * weight
    part, rest = exact // whole, exact % whole
    frame = pd.DataFrame({"subject": rows["subject"], "place": rows["place"], "part": part, "rest": -rest})
    missing = total - frame.groupby("subject")["part"].transform("sum")
    rank = frame.sort_values(["subject", "rest", "place"]).groupby("subject").cumcount()
    return frame["part"] + (rank.reindex(frame.index) < missing)


def whole_numbers(rows, deals):
    found = path(rows, deals)
    million = pd.Series(1_000_000, index=found.index)
    return pd.DataFrame({
        "row": found["index"], "channel": found["channel"],
        "share_micro": divided(found, million), "cents": divided(found, found["cents"]),
    })


def floats(rows, deals):
    found = path(rows, deals)
    middle = (found["count"] - 2).clip(lower=1)
    is_key = (found["place"] == 0) | (found["place"] == found["count"] - 1)
    share = np.where(is_key, 0.4, 0.2 / middle)
    share = np.where(found["count"] == 1, 1.0, np.where(found["count"] == 2, 0.5, share))
    amount = (share * found["cents"] / 100).round(2)
    return pd.DataFrame({"row": found["index"], "subject": found["subject"], "all": found["cents"], "amount": amount})


def spread(rows, values, count):
    """By row of the table; what no touch gets is nothing."""
    out = np.zeros(count, np.int64)
    out[np.asarray(rows)] = np.asarray(values)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--touches", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    rows, deals = generated(given.touches)
    touches, conversions = arrow(rows, deals)
    rules = crmkit.Rules()

    def ours():
        return rules.attribution(touches, conversions=conversions, currency="EUR", session_minutes=0, keep=["channel"])

    ways = {
        "**crmkit**, pyarrow table to pyarrow table": lambda: pa.table(ours()),
        "pandas, whole numbers": lambda: whole_numbers(rows, deals),
        "pandas, float64": lambda: floats(rows, deals),
    }
    answers, seconds = paired.measure(ways, given.rounds)
    paired.table(f"W9, {len(deals):,} conversions", given.touches, "touch", "touches", seconds, "pandas, whole numbers")
    found, exact, floating = answers.values()
    share = found["share_micro"].fill_null(0).to_numpy()
    amount = np.array([0 if one is None else int(one.scaleb(2)) for one in found["attributed_amount"].to_pylist()])
    wrong = {
        "share_micro": int((share != spread(exact["row"], exact["share_micro"], given.touches)).sum()),
        "attributed_amount": int((amount != spread(exact["row"], exact["cents"], given.touches)).sum()),
    }
    by = {row["channel"]: row["share_micro"] for row in ours().by("channel").to_dicts() if row["currency"]}
    sums = exact.groupby("channel", observed=True)["share_micro"].sum()
    wrong["by channel"] = sum(by[channel] != int(sums[channel]) for channel in by)
    if any(wrong.values()):
        print(f"DIFFERENT from pandas with whole numbers: {wrong}")
        sys.exit(1)
    sums = floating.groupby("subject").agg(given=("amount", "sum"), all=("all", "first"))
    off = int(((sums["given"] * 100).round() != sums["all"]).sum())
    print(
        f"All exact answers agree, touch by touch. With floats the parts of {off:,} of {len(sums):,} amounts do not add up "
        "to the amount: every part is rounded by itself."
    )


main()

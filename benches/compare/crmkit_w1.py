"""W1 by crmkit: `crmkit_w1.py {pyarrow|polars} <rows> <threads>`, under the same harness as the other competitors."""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from bench import run

import answers
import crmkit

HERE = Path(__file__).parent
W1 = json.loads((HERE / "w1.json").read_text())
RULES = [rule["id"] for group in W1["rules"]["lead_score"]["fit"]["groups"] for rule in group["rules"]]
BANDS = [band["id"] for band in W1["rules"]["lead_score"]["bands"]]


def table(rows):
    with pa.memory_map(str(HERE / "data" / f"leads_{rows}.arrow")) as file:
        return pa.ipc.open_file(file).read_all()


def rows(answer, names):
    """The answer as `answers.W1.rows` has it, from a table whose `reason_ids` are places in `names`. Where fewer than
    three rules hold, cuts (of a group, of the total) follow among the reasons; the reference has none there."""
    numbers = np.array([RULES.index(name) + 1 if name in RULES else 0 for name in [*names, None]])
    bands = answer["band"].combine_chunks().dictionary_encode()
    grades = np.array([BANDS.index(name) for name in bands.dictionary.to_pylist()])[bands.indices.to_numpy()]
    ids, points = (answer[name].combine_chunks() for name in ("reason_ids", "reason_points_milli"))
    starts, lengths = ids.offsets.to_numpy()[:-1], np.diff(ids.offsets.to_numpy())
    # One place more at the end of both: what rows have that have no such reason.
    reasons, milli = np.append(ids.values.to_numpy(), len(names)), np.append(points.values.to_numpy(), 0)
    at = [np.where(lengths > place, starts + place, len(reasons) - 1) for place in range(3)]
    ids = [numbers[reasons[places]] for places in at]
    points = [np.where(rule > 0, milli[places] // 1000, 0) for rule, places in zip(ids, at)]
    return answers.W1.rows(answer["score"], grades, ids, points)


def main():
    source, n, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rules, leads = crmkit.Rules(W1["rules"]), table(n)

    def scored(leads):
        return rules.score_leads(leads, **W1["options"], threads=threads)

    metadata = pa.table(scored(leads.slice(0, 1))).schema.metadata
    names = [reason["id"] for reason in json.loads(metadata[b"crmkit.reasons"])]
    if source == "polars":
        import polars

        leads, frame = polars.from_arrow(leads), polars.DataFrame
    else:
        frame = pa.table
    run(
        "W1",
        f"crmkit, {source} frame in and out",
        n,
        lambda: frame(scored(leads)),
        threads=threads,
        rows=lambda answer: rows(pa.table(answer), names),
    )


main()

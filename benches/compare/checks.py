"""That everybody gave the same answers.

Each competitor's rows are compared with each other's, all of them, and their first few thousand with the reference
semantics evaluated record by record, where the workload has one; at a million rows their check sums with the published
ones, too. Who does less than the whole work is not compared."""

import importlib.util
import json
import re

import answers
import numpy as np
import pyarrow as pa


class Reference:
    """The reference semantics on the first records, and the published check sums."""

    def __init__(self, workload, perf, data, rows):
        self.workload, self.rows = workload, rows
        self.first_rows = [n for n in workload.first_rows if n <= rows]
        self.published = workload.published(perf) if workload.published and rows == 1_000_000 else None
        with pa.memory_map(str(data)) as file:
            head = pa.ipc.open_file(file).read_all().slice(0, max(self.first_rows, default=0))
        found = workload.reference(perf, data.parent, head)
        self.first = {} if found is None else {str(n): answers.digest(found[:n]) for n in self.first_rows}

    def differences(self, runners):
        """What does not agree, in words."""
        if self.workload.approximate:
            return []
        problems = []
        compared = [runner for runner in runners if runner.competitor.exact]
        whole = [runner for runner in compared if not runner.competitor.most_rows]
        # Where a peer runs, everybody is compared with it, not with crmkit.
        whole.sort(key=lambda runner: not runner.competitor.frame)
        sums = self.published or (whole[0].summary["sums"] if whole else None)
        digest = next((runner for runner in whole if ordered(runner)), None)
        first = self.first | {}
        for runner in sorted(compared, key=lambda runner: not runner.competitor.frame):
            if ordered(runner):
                first = runner.summary["first"] | first
        for runner in compared:
            name, summary = runner.competitor.text, runner.summary
            if runner in whole and summary["sums"] != sums:
                problems.append(f"DIFFERENT: {name}: check sums {summary['sums']} instead of {sums}")
            if not ordered(runner):
                continue
            if runner in whole and summary["digest"] != digest.summary["digest"]:
                problems.append(f"DIFFERENT: {name}: its rows are not those of {digest.competitor.text}")
            problems += [
                f"DIFFERENT: {name}: its first {n} rows are not the reference's"
                for n, expected in first.items()
                if summary["first"].get(n, expected) != expected
            ]
        return problems

    def agreement(self, runners):
        """What was compared, in words."""
        if self.workload.approximate:
            errors = [f"| {runner.competitor.text} | {runner.summary['error']} |" for runner in runners]
            return "\n".join(["| | P10, P50, P90 off by (standard deviations) |", "|---|---|", *errors])
        compared = [runner for runner in runners if runner.competitor.exact]
        text = "All answers agree, row by row" + (" and the published check sums" if self.published else "")
        first = max((int(n) for runner in compared for n in runner.summary["first"]), default=0)
        with_whom = "the reference" if self.first else "everybody who takes no more"
        text += f"; the first {first:,} also with {with_whom}, record by record."
        left_out = [runner.competitor.text for runner in runners if not runner.competitor.exact]
        return text + (f" Not compared, since they do less: {', '.join(left_out)}." if left_out else "")


def ordered(runner):
    """Whether its rows come out in their order."""
    return runner.threads <= runner.competitor.ordered_threads


def w1_spec(perf):
    path = importlib.util.spec_from_file_location("w1_spec", perf / "w1_spec.py")
    spec = importlib.util.module_from_spec(path)
    path.loader.exec_module(spec)
    return spec


def w1_published(perf):
    return list(w1_spec(perf).EXPECT_1M)


def w1_reference(perf, _folder, head):
    spec = w1_spec(perf)
    return answers.W1.normal([spec.plain(w1_record(row)) for row in head.to_pylist()])


def w1_record(row):
    """A row as `w1_spec.plain` takes it: amounts in cents, times in seconds."""
    seconds = lambda time: None if time is None else int(time.timestamp())  # noqa: E731
    cents = lambda amount: None if amount is None else int(amount * 100)  # noqa: E731
    amounts = {name: cents(row[name]) for name in ("annual_revenue", "budget")}
    return row | amounts | {name: seconds(row[name]) for name in ("created_at", "last_activity")}


def w2_reference(_perf, _folder, _head):
    """None: engines that multiply decimals exactly run among the competitors, and bands are told by their errors."""


def w3_published(perf):
    """The check sums stand in the peers' script, which cannot be imported."""
    found = re.search(r"^EXPECT = \((\d+), (\d+)\)$", (perf / "w3_peers.py").read_text(), re.MULTILINE)
    return [int(number) for number in found.groups()]


def w3_reference(_perf, folder, head):
    """The first rule whose every list has the row's value, or a beginning of it for the landing page."""
    rules = json.loads((folder / "routing_rules.json").read_text())
    fields = ("source", "campaign", "email_domain", "segment")

    def holds(rule, row):
        pages = rule["landing_page"]
        return all(rule[name] is None or row[name] in rule[name] for name in fields) and (
            pages is None or row["landing_page"].startswith(tuple(pages))
        )

    first = (next((rule["id"] for rule in rules if holds(rule, row)), 65_535) for row in head.to_pylist())
    return np.fromiter(first, np.uint16)


def w4_due(perf):
    """The check sums stand in the peers' script."""
    return [_w4_sum(perf, "due")]


def w4_elapsed(perf):
    """The other one."""
    return [_w4_sum(perf, "el")]


def _w4_sum(perf, name):
    text = (perf / "w4_peers.py").read_text()
    return int(re.search(rf"{name}\.sum\(\) == (\d+)", text).group(1))


def w4_reference(_perf, _folder, _head):
    """None: every script computes the prefix sums by itself and compares its answer with them."""


def w5_reference(_perf, _folder, _head):
    """None: the libraries that everybody trusts run among the competitors."""

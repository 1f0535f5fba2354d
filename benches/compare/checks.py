"""That everybody gave the answers of the reference.

Each competitor's rows are compared with each other's, all of them, and their first few thousand with the reference
semantics evaluated record by record; at a million rows their check sums with the published ones, too."""

import importlib.util

import answers
import pyarrow as pa


class Reference:
    """The reference semantics (`w1_spec.plain`) on the first records, and the published check sums."""

    def __init__(self, perf, leads, rows, first_rows):
        path = importlib.util.spec_from_file_location("w1_spec", perf / "w1_spec.py")
        spec = importlib.util.module_from_spec(path)
        path.loader.exec_module(spec)
        self.published = list(spec.EXPECT_1M) if rows == 1_000_000 else None
        with pa.memory_map(str(leads)) as file:
            head = pa.ipc.open_file(file).read_all().slice(0, max(first_rows, default=0))
        rows = answers.normal([spec.plain(record(row)) for row in head.to_pylist()])
        self.first = {str(n): answers.digest(rows[:n]) for n in first_rows}

    def differences(self, runners):
        """What does not agree, in words."""
        problems = []
        whole = [runner for runner in runners if not runner.competitor.most_rows]
        # Where a peer runs, everybody is compared with it, not with crmkit.
        whole.sort(key=lambda runner: not runner.competitor.frame)
        sums = self.published or (whole[0].summary["sums"] if whole else None)
        first = next((runner for runner in whole if ordered(runner)), None)
        for runner in runners:
            name, summary = runner.competitor.text, runner.summary
            if runner in whole and summary["sums"] != sums:
                problems.append(f"DIFFERENT: {name}: check sums {summary['sums']} instead of {sums}")
            if not ordered(runner):
                continue
            if runner in whole and summary["digest"] != first.summary["digest"]:
                problems.append(f"DIFFERENT: {name}: its rows are not those of {first.competitor.text}")
            problems += [
                f"DIFFERENT: {name}: its first {n} rows are not the reference's"
                for n, expected in self.first.items()
                if summary["first"].get(n, expected) != expected
            ]
        return problems


def ordered(runner):
    """Whether its rows come out in their order."""
    return runner.threads == 1 or runner.competitor.ordered


def record(row):
    """A row as `w1_spec.plain` takes it: amounts in cents, times in seconds."""
    seconds = lambda time: None if time is None else int(time.timestamp())  # noqa: E731
    cents = lambda amount: None if amount is None else int(amount * 100)  # noqa: E731
    amounts = {name: cents(row[name]) for name in ("annual_revenue", "budget")}
    return row | amounts | {name: seconds(row[name]) for name in ("created_at", "last_activity")}


def agreement(runners, rows):
    """What was compared, in words."""
    published = " and the published check sums" if rows == 1_000_000 else ""
    first = max((int(n) for runner in runners for n in runner.summary["first"]), default=0)
    return f"All answers agree, row by row{published}; the first {first} also with the reference, record by record."

"""The figures as a Markdown table."""

import os
import platform


def of(workload, runners, rows, threads):
    """The table of one run. With one thread the ratio is of CPU time, with more of wall time."""
    clock = "cpu" if threads == 1 else "wall"
    peers = [runner.competitor for runner in runners if runner.competitor.frame and runner.competitor.exact]
    frames = [runner.median_ns(clock) for runner in runners if runner.competitor in peers]
    best = min(frames, default=None)
    lines = [
        f"{workload.name}, {rows:,} {workload.row}s, {threads} thread{'s' if threads > 1 else ''}, {machine()}",
        "",
        f"| | CPU ns per {workload.row} | wall ns | peak MB over the input | times as fast as the best frame peer | quiet turns |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for runner in sorted(runners, key=lambda runner: runner.median_ns(clock)):
        name = runner.competitor.text
        if runner.rows < rows:
            name += f" ({runner.rows:,} rows)"
        ratio = f"{figure(best / runner.median_ns(clock))} x" if best else ""
        ours, wall = (figure(runner.median_ns(c)) for c in ("cpu", "wall"))
        quiet = f"{len(runner.quiet)} of {len(runner.turns)}"
        lines.append(f"| {name} | {ours} | {wall} | {runner.peak_mb:,} | {ratio} | {quiet} |")
    return "\n".join([*lines, ""])


def figure(number):
    """Three digits, as far as they mean something."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}" if number >= 0.1 else f"{number:.1g}"


def machine():
    """Where it ran."""
    model = platform.machine()
    with open("/proc/cpuinfo") as cpus:
        model = next((line.split(":", 1)[1].strip() for line in cpus if line.startswith("model name")), model)
    return f"{os.cpu_count()} cores, {model}"

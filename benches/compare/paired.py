"""Two ways to do the same work, in turns in one process: CPU time of each, and whether they say the same."""

import gc
import os
import platform
import statistics
import time


def machine():
    model = platform.machine()
    with open("/proc/cpuinfo") as cpus:
        model = next((line.split(":", 1)[1].strip() for line in cpus if line.startswith("model name")), model)
    return f"{os.cpu_count()} cores, {model}"


def measure(ways, rounds):
    """Each way once to warm up, then in turns; the last answer and the median CPU seconds of each, by name."""
    answers, seconds = {name: way() for name, way in ways.items()}, {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            gc.collect()
            start = time.process_time()
            answers[name] = way()
            seconds[name].append(time.process_time() - start)
    return answers, {name: statistics.median(times) for name, times in seconds.items()}


def table(title, rows, unit, units, seconds, baseline):
    """The figures as a Markdown table; `baseline` is whom all are compared with."""
    print(f"{title}, {rows:,} {units}, 1 thread, {machine()}\n")
    print(f"| | CPU ms | CPU ns per {unit} | times as fast as {baseline} |")
    print("|---|--:|--:|--:|")
    for name, time_ in sorted(seconds.items(), key=lambda pair: pair[1]):
        print(f"| {name} | {time_ * 1e3:,.1f} | {time_ / rows * 1e9:,.0f} | {seconds[baseline] / time_:.2f} x |")
    print()

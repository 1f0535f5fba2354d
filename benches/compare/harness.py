"""How every competitor is timed. The runner puts this file into the place of the workloads' own `bench.py`, so that
their scripts need no change: where those timed all calls at once, here the runner asks for one turn at a time and goes
round.

A turn is as many calls as fill a quarter of a second. It is quiet if other processes used less than a fifth of a core
meanwhile."""

import ctypes
import gc
import json
import mmap
import os
import sys
import time

from answers import FORMS, summary

TURN_SECONDS = 0.25
QUIET_CORES = 0.2
_HERTZ = os.sysconf("SC_CLK_TCK")
_calls = 0


def run(work, impl, n, fn, threads=1, quiet_wait=2, rows=None, **_others):
    """The same call as the workloads' own `run`; `rows` turns the answer into the form of the workload, where the form
    itself does not know it. How often to repeat is the runner's business, and which of several calls is meant."""
    global _calls
    _calls += 1
    if _calls - 1 != int(os.environ["COMPARE_CALL"]):
        return fn()
    form = FORMS[work]
    answer, peak_mb = _first_call(fn)
    _say({"impl": impl, "n": n, "threads": threads, "peak_mb": peak_mb})
    for asked in sys.stdin:
        if asked.strip() != "turn":
            break
        _wait_until_quiet(quiet_wait)
        _say(_turn(fn))
    if hasattr(form, "error"):
        _say({"error": form.error(answer, n)})
        return answer
    compared = os.environ["COMPARE_EXACT"] == "1"
    _say(summary(form, (rows or form.normal)(answer)) if compared else {})
    return answer


def _first_call(fn):
    """Warms up; the memory that the call takes over what the process held before."""
    gc.collect()
    _touch_mapped_tables()
    with open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")
    before = _memory_mb("VmRSS")
    answer = fn()
    return answer, _memory_mb("VmHWM") - before


def _touch_mapped_tables():
    """Reads a byte of every page of the Arrow files that are mapped: they are the input's memory, not the call's."""
    with open("/proc/self/maps") as maps:
        spans = [line.split()[0].split("-") for line in maps if line.rstrip().endswith(".arrow")]
    for start, end in spans:
        first, length = int(start, 16), int(end, 16) - int(start, 16)
        bytes(memoryview((ctypes.c_char * length).from_address(first)).cast("B")[:: mmap.PAGESIZE])


def _turn(fn):
    calls, answer = 0, None
    busy, own, cpu, wall = _machine_busy(), _own_seconds(), time.process_time(), time.perf_counter()
    while calls == 0 or time.perf_counter() - wall < TURN_SECONDS:
        answer = fn()
        calls += 1
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    others = max(0.0, _machine_busy() - busy - (_own_seconds() - own)) / wall
    del answer
    return {"wall": wall / calls, "cpu": cpu / calls, "quiet": others < QUIET_CORES}


def _wait_until_quiet(most_seconds):
    end = time.monotonic() + most_seconds
    while time.monotonic() < end:
        busy, own, start = _machine_busy(), _own_seconds(), time.monotonic()
        time.sleep(0.15)
        if (_machine_busy() - busy - (_own_seconds() - own)) / (time.monotonic() - start) < QUIET_CORES:
            return


def _say(message):
    os.write(int(os.environ["COMPARE_REPLIES"]), json.dumps(message).encode() + b"\n")


def _machine_busy():
    """Seconds that all processes together have used."""
    with open("/proc/stat") as stat:
        user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, stat.readline().split()[1:])
    return (user + nice + system + irq + softirq) / _HERTZ


def _own_seconds():
    used = os.times()
    return used.user + used.system


def _memory_mb(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key)) // 1024

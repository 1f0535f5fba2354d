"""Every competitor in a process of its own; all of them warm, then one turn each, round after round, so that whatever
the machine does meets all alike."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
THREADS = (
    "POLARS_MAX_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TOKIO_WORKER_THREADS",
    "RAYON_NUM_THREADS",
)


class Failed(Exception):
    """A competitor's process ended before its time, or its own check failed."""


class Runner:
    """One competitor's process."""

    def __init__(self, competitor, rows, threads, folder, first_rows):
        self.competitor, self.threads = competitor, threads
        self.rows = min(rows, competitor.most_rows or rows)
        self.turns, self.summary = [], None
        self.log = folder / f"{competitor.script}-{competitor.way}-{competitor.call}.log"
        replies, answers = os.pipe()
        environment = os.environ | dict.fromkeys(THREADS, str(threads))
        environment |= {
            "COMPARE_REPLIES": str(answers),
            "COMPARE_FIRST_ROWS": ",".join(map(str, first_rows)),
            "COMPARE_EXACT": str(int(competitor.exact)),
            "COMPARE_CALL": str(competitor.call),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [sys.executable, competitor.script, *competitor.arguments(self.rows, threads)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                pass_fds=[answers],
            )
        os.close(answers)
        self.replies = os.fdopen(replies)
        self.peak_mb = self._reply()["peak_mb"]

    def turn(self):
        """One turn more."""
        self._ask("turn")
        self.turns.append(self._reply())

    def finish(self):
        """Ends the process. Its script checks its answer once more by itself."""
        self._ask("end")
        self.summary = self._reply()
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise self._failure()

    def stop(self):
        """Ends the process in any case."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.replies.close()

    @property
    def quiet(self):
        """The turns during which the machine did nothing else."""
        return [turn for turn in self.turns if turn["quiet"]]

    def median_ns(self, clock):
        """Nanoseconds per row by the clock `cpu` or `wall`: median of the quiet turns, or of all if those are few."""
        turns = self.quiet if len(self.quiet) >= 3 else self.turns
        return statistics.median(turn[clock] for turn in turns) / self.rows * 1e9

    def _ask(self, what):
        try:
            self.process.stdin.write(what + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._failure() from None

    def _reply(self):
        line = self.replies.readline()
        if not line:
            raise self._failure()
        return json.loads(line)

    def _failure(self):
        tail = "\n".join(self.log.read_text().splitlines()[-12:])
        return Failed(f"{self.competitor.text}: exit status {self.process.wait()}\n{tail}")


def prepare(workload, perf, data, rows, folder):
    """A folder as the workload's scripts expect it, with our harness and crmkit's script beside them."""
    for name in workload.scripts:
        shutil.copy(perf / name, folder / name)
    for name in ("answers.py", *workload.ours):
        shutil.copy(HERE / name, folder / name)
    shutil.copy(HERE / "harness.py", folder / "bench.py")
    (folder / "data").mkdir()
    for name in workload.beside:
        (folder / "data" / name).symlink_to(data / name)
    # Most scripts always look for the million; the first rows of all sizes are the same.
    for name in {f"{workload.data}_{rows}.arrow", f"{workload.data}_1000000.arrow"}:
        (folder / "data" / name).symlink_to(data / f"{workload.data}_{rows}.arrow")


def measure(competitors, rows, threads, rounds, folder, first_rows, say):
    """Runs all of them; the runners with their turns and summaries, in the order given."""
    runners = []
    try:
        for competitor in competitors:
            say(f"starting {competitor.text}")
            runners.append(Runner(competitor, rows, threads, folder, first_rows))
        # Up to as many rounds again for those that were disturbed.
        for number in range(2 * rounds):
            due = [runner for runner in runners if number < rounds or len(runner.quiet) < rounds]
            if not due:
                break
            say(f"round {number + 1}: {len(due)} of {len(runners)}")
            for runner in due:
                runner.turn()
        for runner in runners:
            runner.finish()
    finally:
        for runner in runners:
            runner.stop()
    return runners

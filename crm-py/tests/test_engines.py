"""The recipes for larger engines: each program runs as a data team would run it, and its answers equal those of one
call in this process."""

import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
import time
import venv
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import crmkit

ENGINES = Path(__file__).parents[2] / "examples" / "engines"
AT = "2026-11-23T08:00:00Z"
ROWS = 3000

if find_spec("pyarrow") is None:
    pytest.skip("pyarrow is not installed", allow_module_level=True)


def needs(*packages: str) -> pytest.MarkDecorator:
    missing = [name for name in packages if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{' and '.join(missing)} not installed")


needs_java = pytest.mark.skipif(
    shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="Java is not installed"
)


@pytest.fixture(scope="module")
def recipe() -> Iterator[ModuleType]:
    """The module with the function that all engines call."""
    sys.path.insert(0, str(ENGINES))
    import score_batch

    yield score_batch
    sys.path.remove(str(ENGINES))


@pytest.fixture(scope="module")
def leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Leads with gaps, accents, amounts and a column that no field takes, in four row groups."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    at = datetime.fromisoformat(AT.replace("Z", "+00:00")).astimezone(timezone.utc)
    titles = ["Gérante", "VP Sales", None, "Stagiaire", "Head of Operations"]
    rows = range(ROWS)
    table = pa.table(
        {
            "lead_id": pa.array(rows, pa.int64()),
            "company": [f"Société {i}" for i in rows],
            "job_title": [titles[i % 5] for i in rows],
            "size": pa.array([None if i % 7 == 0 else i % 900 for i in rows], pa.int64()),
            "value": pa.array([None if i % 3 else Decimal(i * 100) for i in rows], pa.decimal128(18, 2)),
            "source": pa.array([["Web", "Recommandation", None][i % 3] for i in rows]),
            "last_activity_at": pa.array(
                [None if i % 4 == 0 else at - timedelta(days=i % 300) for i in rows], pa.timestamp("us", "UTC")
            ),
            "campaign_cost": [i * 0.5 for i in rows],
        }
    )
    path = tmp_path_factory.mktemp("engines") / "leads.parquet"
    pq.write_table(table, path, row_group_size=800)
    return path


@pytest.fixture(scope="module")
def expected(recipe: ModuleType, leads: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    return list(recipe.score_batch(AT).table(pq.read_table(leads)).to_pylist())


Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(leads: Path, tmp_path: Path) -> Run:
    """Runs a recipe and reads what it wrote."""

    def run(program: str, *options: str, leads: Path = leads, **environment: str) -> list[dict[str, Any]]:
        import pyarrow.dataset as ds

        scores = tmp_path / "scores.parquet"
        command = [sys.executable, "-B", str(ENGINES / program), str(leads), str(scores), "--at", AT, *options]
        # Engines leave settings at home and look for a network; neither is the test's.
        environment = {**os.environ, "HOME": str(tmp_path), "SPARK_LOCAL_IP": "127.0.0.1", **environment}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-4000:]
        assert "decision_maker:+20" in done.stdout, "some rows are printed"
        rows = ds.dataset(scores, format="parquet").to_table().to_pylist()
        return sorted(rows, key=lambda row: row["lead_id"])

    return run


def test_the_function_is_pure(recipe: ModuleType, leads: Path, expected: list[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(leads)
    score = recipe.score_batch(AT)
    for rows in (1, 7, 1000):
        batches = table[:300].to_batches(max_chunksize=rows)
        assert [row for b in score.batches(batches) for row in b.to_pylist()] == expected[:300], "whatever the cut"
    sent = pickle.loads(pickle.dumps(score))
    assert sent.table(table).to_pylist() == expected, "in another process, too"
    assert score.table(table.take(list(range(ROWS))[::-1])).to_pylist() == expected[::-1], "whatever came before"
    assert score(pa.RecordBatch.from_pylist([], table.schema)).num_rows == 0
    reader = score.reader(table.to_reader(max_chunksize=100))
    assert reader.schema == score(table[:1].to_batches()[0]).schema and len(reader.read_all()) == ROWS
    types = {str(field.type) for field in score.schema(table.schema)}
    assert types == {"int64", "string", "list<item: string not null>"}, "types that every engine takes"
    job = {"rules": {"lead_score": MODEL}, "options": {"map": {"company": "last_name"}, "reasons": "all"}}
    named = recipe.score_batch(AT, json.loads(json.dumps(job)))
    assert set(pa.table(named.table(table))["score"].to_pylist()) == {3}, "a model and a map of one's own"


MODEL = {
    "id": "named",
    "version": 1,
    "fit": {
        "groups": [
            {"id": "who", "rules": [{"id": "name", "points": 3, "when": {"field": "last_name", "op": "is_known"}}]}
        ]
    },
}


def test_pyarrow(run: Run, expected: list[dict[str, Any]]) -> None:
    assert run("pyarrow_score.py") == expected


@needs("duckdb")
def test_duckdb(run: Run, expected: list[dict[str, Any]]) -> None:
    assert run("duckdb_score.py") == expected


@needs("datafusion")
def test_datafusion(run: Run, expected: list[dict[str, Any]]) -> None:
    assert run("datafusion_score.py") == expected


@needs("dask", "distributed", "pandas")
def test_dask(run: Run, expected: list[dict[str, Any]]) -> None:
    assert run("dask_score.py") == expected


@needs("ray")
def test_ray(run: Run, expected: list[dict[str, Any]]) -> None:
    assert run("ray_score.py") == expected


@needs("pyspark")
@needs_java
def test_spark_in_one_process(run: Run, expected: list[dict[str, Any]]) -> None:
    assert run("spark_score.py", "--local") == expected


@needs("pyspark")
@needs_java
def test_spark_on_a_cluster_of_two_workers(
    run: Run, leads: Path, expected: list[dict[str, Any]], tmp_path: Path
) -> None:
    """The workers' Python has pyarrow and no crmkit: the recipe ships it."""
    import pyarrow.parquet as pq

    python = python_without_crmkit(tmp_path / "worker_python")
    package = tmp_path / "crmkit.zip"
    folder = Path(crmkit.__file__).parent
    with zipfile.ZipFile(package, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder.parent))
    # Four files are two tasks, which wait until both workers are there.
    files = tmp_path / "leads"
    files.mkdir()
    table = pq.read_table(leads)
    for number in range(4):
        pq.write_table(table[number * ROWS // 4 : (number + 1) * ROWS // 4], files / f"{number}.parquet")
    settings = tmp_path / "spark-defaults.conf"
    settings.write_text("spark.cores.max 2\nspark.scheduler.minRegisteredResourcesRatio 1.0\n")
    cluster = Cluster(tmp_path / "cluster")
    try:
        options = ("--master", cluster.master, "--package", str(package))
        environment = {"PYSPARK_PYTHON": str(python), "SPARK_CONF_DIR": str(tmp_path)}
        assert run("spark_score.py", *options, leads=files, **environment) == expected
        assert len(list((tmp_path / "scores.parquet").glob("part-*"))) == 2
        assert cluster.workers_with_the_package() == 2
    finally:
        cluster.stop()


def python_without_crmkit(folder: Path) -> Path:
    """A Python with only what a Spark worker has anyway."""
    venv.create(folder, with_pip=False, symlinks=True)
    [site] = folder.glob("lib/python*/site-packages")
    for name in ("pyarrow", "pyarrow.libs", "numpy", "numpy.libs"):
        found = find_spec(name.removesuffix(".libs"))
        source = found and found.origin and Path(found.origin).parents[1] / name
        if source and source.exists():
            (site / name).symlink_to(source)
    python = folder / "bin" / "python"
    absent = subprocess.run([python, "-c", "import crmkit"], capture_output=True, text=True)
    assert "No module named 'crmkit'" in absent.stderr
    return python


class Cluster:
    """A standalone master and two workers with one core each, on this machine only."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        spec = find_spec("pyspark")
        assert spec is not None and spec.origin is not None
        self.home = Path(spec.origin).parent
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.master = f"spark://127.0.0.1:{port}"
        self.processes: list[subprocess.Popen[bytes]] = []
        try:
            self._start("master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
            for number in (1, 2):
                work = str(folder / f"work{number}")
                limits = ("--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", work)
                self._start("worker.Worker", "--host", "127.0.0.1", *limits, self.master)
            self._wait_for("Registering worker", 2)
        except BaseException:
            self.stop()
            raise

    def _start(self, role: str, *arguments: str) -> None:
        command = [str(self.home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", *arguments]
        environment = {**os.environ, "SPARK_HOME": str(self.home), "SPARK_LOCAL_IP": "127.0.0.1"}
        with (self.folder / "log").open("ab") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, env=environment))

    def _wait_for(self, line: str, times: int) -> None:
        end = time.monotonic() + 120
        while (self.folder / "log").read_text(errors="replace").count(line) < times:
            assert time.monotonic() < end, (self.folder / "log").read_text(errors="replace")[-4000:]
            assert all(process.poll() is None for process in self.processes)
            time.sleep(0.2)

    def workers_with_the_package(self) -> int:
        """How many workers unpacked the archive for an executor."""
        return sum(any(self.folder.glob(f"work{number}/app-*/*/packages/crmkit")) for number in (1, 2))

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

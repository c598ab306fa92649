"""Drives a server with the Python SDK, as its documentation shows, and tells what became of each part.

Usage: python3 feldera_sdk.py URL
Prints one JSON object: by part, null where it went well, and what went wrong where it did not.
"""

import datetime
import json
import logging
import sys
import tempfile
import time
import traceback
import uuid
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pandas
from feldera import FelderaClient, Pipeline, PipelineBuilder
from feldera.enums import (
    BootstrapPolicy,
    CompilationProfile,
    CompletionTokenStatus,
    DeploymentResourcesStatus,
    DeploymentRuntimeStatus,
    FaultToleranceModel,
    PipelineFieldSelector,
    PipelineStatus,
    TransactionStatus,
)
from feldera.rest.errors import FelderaAPIError
from feldera.runtime_config import Resources, RuntimeConfig, Storage
from pyarrow import parquet

PROGRAM = """
CREATE TABLE students (id INT NOT NULL, name VARCHAR) WITH ('materialized' = 'true');
CREATE TABLE grades (student_id INT, science INT, maths INT, art INT);
CREATE TABLE ticks (n BIGINT NOT NULL PRIMARY KEY) WITH ('connectors' = '[{
  "name": "generated",
  "transport": {"name": "datagen", "config": {"plan": [{"limit": 50}]}}
}]');
CREATE MATERIALIZED VIEW average_scores WITH ('connectors' = '[{
  "name": "nowhere", "transport": {"name": "null_output"}
}]') AS SELECT name, (science + maths + art) / 3 AS average
FROM students JOIN grades ON students.id = student_id;
"""


def build(client, name, program=PROGRAM):
    return PipelineBuilder(
        client, name=name, sql=program, description="made by a test", runtime_config=RuntimeConfig(workers=1)
    )


def refused(call):
    try:
        call()
    except FelderaAPIError as error:
        return error.status_code, error.error_code
    raise AssertionError("the call must be refused")


def creating(client):
    pipeline = build(client, "created").create()
    assert pipeline.program_version() == 1, pipeline.program_version()
    assert [table.name for table in pipeline.tables()] == ["students", "grades", "ticks"]
    assert [view.name for view in pipeline.views()] == ["average_scores"]
    assert pipeline.storage_status().name == "CLEARED"
    assert pipeline.errors() == [], pipeline.errors()
    pipeline.modify(description="changed", sql=PROGRAM + "CREATE TABLE more (x INT);")
    pipeline = build(client, "created").create_or_replace()
    assert pipeline.program_version() == 3, pipeline.program_version()
    assert "created" in [one.name for one in client.pipelines()]
    try:
        build(client, "broken", "CREATE TABLE t (x IN").create()
    except RuntimeError as error:
        assert "failed to compile" in str(error), error
    else:
        raise AssertionError("a program that is wrong must not compile")
    pipeline.delete()
    assert pipeline.status() == PipelineStatus.NOT_FOUND
    Pipeline.get("broken", client).delete()


def lifecycle(client):
    pipeline = build(client, "lifecycle").create()
    pipeline.start_paused()
    assert pipeline.status() == PipelineStatus.PAUSED
    pipeline.resume()
    assert pipeline.status() == PipelineStatus.RUNNING
    pipeline.pause()
    pipeline.resume()
    assert refused(lambda: pipeline.modify(sql="CREATE TABLE t (x INT);")) == (400, "UpdateRestrictedToStopped")
    pipeline.restart()
    pipeline.wait_for_status(PipelineStatus.RUNNING, timeout=30)
    pipeline.stop(force=False)
    assert pipeline.status() == PipelineStatus.STOPPED
    assert refused(pipeline.delete) == (400, "DeleteRestrictedToClearedStorage")
    pipeline.start()
    pipeline.stop(force=True)
    pipeline.dismiss_error()
    pipeline.clear_storage()
    pipeline.delete()


def pushing(client):
    pipeline = build(client, "pushing").create()
    pipeline.start()
    pipeline.input_json("students", {"id": 1, "name": "Ada"})
    pipeline.input_json("students", [{"id": 2, "name": "Bob"}, {"id": 3, "name": None}])
    pipeline.input_json("students", {"delete": {"id": 2, "name": "Bob"}}, update_format="insert_delete")
    frame = pandas.DataFrame({"student_id": [9], "science": [1], "maths": [2], "art": [3]})
    pipeline.input_pandas("grades", frame)
    token = client.push_to_pipeline("pushing", "grades", "csv", "1,90,80,70\n3,60,60,60\n")
    assert pipeline.completion_token_status(token) == CompletionTokenStatus.COMPLETE
    assert refused(lambda: pipeline.input_json("students", {"id": "x"})) == (400, "ParseErrors")
    assert refused(lambda: pipeline.input_json("absent", {})) == (404, "ConfigError.UnknownInputStream")
    pipeline.pause()
    pipeline.input_json("students", {"id": 4, "name": "Eve"}, force=True)
    pipeline.resume()
    rows = list(pipeline.query("SELECT * FROM average_scores ORDER BY name"))
    assert rows == [{"name": "Ada", "average": 80}, {"name": None, "average": 60}], rows
    pipeline.wait_for_idle(idle_interval_s=0.5, timeout_s=30)
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


def connectors(client):
    pipeline = build(client, "connectors").create()
    pipeline.start()
    token = pipeline.generate_completion_token("ticks", "generated")
    pipeline.wait_for_token(token)
    pipeline.wait_for_completion(timeout_s=30)
    assert pipeline.is_complete()
    stats = pipeline.stats()
    assert stats.global_metrics.total_processed_records == 50, stats.global_metrics.total_processed_records
    assert [one.endpoint_name for one in stats.outputs] == ["average_scores.nowhere"]
    pipeline.pause_connector("ticks", "generated")
    assert pipeline.input_connector_stats("ticks", "generated").paused
    pipeline.resume_connector("ticks", "generated")
    assert not pipeline.input_connector_stats("ticks", "generated").paused
    assert pipeline.output_connector_stats("average_scores", "nowhere").fatal_error is None
    assert refused(lambda: pipeline.pause_connector("ticks", "absent")) == (404, "UnknownInputEndpoint")
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


def querying(client):
    pipeline = build(client, "querying").create()
    pipeline.start()
    pipeline.input_json("students", [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}])
    text = list(pipeline.query_tabular("SELECT * FROM students ORDER BY id"))
    assert text[3:5] == ["| 1  | Ada  |", "| 2  |      |"], text
    ordered = "SELECT id, name FROM students ORDER BY id"
    rows = [{"id": 1, "name": "Ada"}, {"id": 2, "name": None}]
    assert list(pipeline.query(ordered)) == rows
    assert [row for batch in pipeline.query_arrow(ordered) for row in batch.to_pylist()] == rows
    with tempfile.TemporaryDirectory() as folder:
        pipeline.query_parquet(ordered, f"{folder}/rows")
        assert parquet.read_table(f"{folder}/rows.parquet").to_pylist() == rows
    assert len(pipeline.query_hash(ordered)) == 64
    assert pipeline.query_hash(ordered) == pipeline.query_hash(ordered)
    assert refused(lambda: list(pipeline.query("SELECT * FROM absent"))) == (400, "AdHocQueryError")
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


def listening(client):
    pipeline = build(client, "listening").create()
    pipeline.start_paused()
    listener = pipeline.listen("average_scores")
    chunks = []
    pipeline.foreach_chunk("average_scores", lambda rows, _: chunks.append(len(rows)))
    pipeline.resume()
    pipeline.input_json("students", {"id": 1, "name": "Ada"})
    pipeline.input_json("grades", {"student_id": 1, "science": 90, "maths": 80, "art": 70})
    deadline = time.monotonic() + 30
    rows = []
    while not (rows and chunks) and time.monotonic() < deadline:
        rows += listener.to_dict()
        time.sleep(0.05)
    assert rows == [{"name": "Ada", "average": 80, "insert_delete": 1}], rows
    assert chunks == [1], chunks
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


VALUES = """
CREATE TABLE t (
  i INT NOT NULL PRIMARY KEY, b BIGINT, d DECIMAL(10, 3), f DOUBLE, bo BOOLEAN, da DATE, ti TIME, ts TIMESTAMP(6),
  u UUID, bi VARBINARY, ar INT ARRAY, m MAP<VARCHAR, INT>, r ROW(a INT, b VARCHAR), v VARIANT
);
CREATE MATERIALIZED VIEW "Typed" AS SELECT i, b, d, f, bo, da, ts, u FROM t;
"""

ROW = {
    "i": 1, "b": 2**63 - 1, "d": Decimal("1.250"), "f": Decimal("0.5"), "bo": True, "da": "2020-01-31",
    "ti": "10:11:12.123456789", "ts": "2020-01-31 10:11:12.123456", "u": str(uuid.UUID(int=5)), "bi": [1, 255],
    "ar": [1, None], "m": {"k": 1}, "r": {"a": 1, "b": "x"}, "v": {"q": [1, "z", None]},
}


def connecting(client):
    heard = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())
    logging.getLogger("feldera").addHandler(handler)
    assert FelderaClient(client.config.url).get_config().edition.value == "Open source"
    assert heard == [], heard
    made = client.create_api_key("sdk", "read")
    assert made["api_key"].startswith("apikey:"), made
    assert refused(lambda: client.create_api_key("sdk")) == (409, "DuplicateName")
    assert client.http.get("/api_keys/sdk") == [{"id": made["id"], "name": "sdk", "role": "read"}]
    client.http.delete("/api_keys/sdk")
    assert client.http.get("/config/session")["role"] == "admin"


def configuring(client):
    config = RuntimeConfig(
        workers=2, storage=True, fault_tolerance_model=FaultToleranceModel.AtLeastOnce, checkpoint_interval_secs=5,
        resources=Resources(memory_mb_max=1000), env={"A": "b"}, dev_tweaks={"x": 1}, logging="debug",
    )
    pipeline = PipelineBuilder(
        client, "configured", sql=PROGRAM, runtime_config=config, tags=["b|ff0000", "a"],
        compilation_profile=CompilationProfile.DEV,
    ).create()
    assert pipeline.runtime_config().fault_tolerance == {"model": "at_least_once", "checkpoint_interval_secs": 5}
    assert pipeline.runtime_config().storage["backend"] == {"name": "default"}
    assert pipeline.program_config()["profile"] == "dev"
    assert pipeline.tags() == ["a", "b|ff0000"], pipeline.tags()
    pipeline.set_runtime_config(RuntimeConfig(storage=False))
    assert pipeline.runtime_config().storage is None
    pipeline.set_runtime_config(RuntimeConfig(workers=3, storage=Storage(min_storage_bytes=0)))
    assert pipeline.runtime_config().storage["min_storage_bytes"] == 0
    assert client.get_runtime_config("configured")["workers"] == 3
    assert pipeline.platform_version() == client.get_config().version
    assert pipeline.created_at().tzinfo is not None and pipeline.program_status_since().tzinfo is not None
    assert (pipeline.udf_rust(), pipeline.udf_toml(), pipeline.deployment_error()) == ("", "", None)
    assert pipeline.bootstrap_policy() is None
    assert pipeline.name in [one.name for one in Pipeline.all(client)]
    pipeline.start(bootstrap_policy=BootstrapPolicy.ALLOW)
    assert pipeline.bootstrap_policy() == BootstrapPolicy.ALLOW
    assert pipeline.deployment_resources_status() == DeploymentResourcesStatus.PROVISIONED
    assert pipeline.deployment_runtime_status() == DeploymentRuntimeStatus.RUNNING
    assert pipeline.transaction_status() == TransactionStatus.NoTransaction and pipeline.transaction_id() is None
    pipeline.modify(tags=["c"], description="also while it runs")
    assert (pipeline.tags(), pipeline.description()) == (["c"], "also while it runs")
    assert refused(lambda: pipeline.set_runtime_config(config)) == (400, "UpdateRestrictedToStopped")
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


def values(client):
    pipeline = build(client, "values", VALUES).create()
    pipeline.start()
    listener = pipeline.listen("Typed")
    pipeline.input_json("t", {**ROW, "u": uuid.UUID(int=5)})
    pipeline.input_json("t", [{"i": 2}])
    first, second = pipeline.query("SELECT * FROM t ORDER BY i")
    assert first == ROW, first
    assert second == {**dict.fromkeys(ROW), "i": 2}, second
    arrow = next(pipeline.query_arrow_dicts("SELECT i, d, da, bi, ar, r FROM t ORDER BY i"))
    assert arrow == {
        "i": 1, "d": Decimal("1.250"), "da": datetime.date(2020, 1, 31), "bi": b"\x01\xff", "ar": [1, None],
        "r": {"a": 1, "b": "x"},
    }, arrow
    frame = pandas.DataFrame({
        "i": [3, 4], "d": [1.5, 2], "f": [0.1, None], "bo": [True, None],
        "ts": pandas.to_datetime(["2020-01-01 10:00:00.123", "2021-01-01 00:00:00.5"]),
    })
    pipeline.input_pandas("T", frame)
    assert [row["ts"] for row in pipeline.query("SELECT ts FROM t WHERE i > 2 ORDER BY i")] == [
        "2020-01-01 10:00:00.123", "2021-01-01 00:00:00.5",
    ]
    snapshot = client.listen_to_pipeline(
        "values", "Typed", format="csv", send_snapshot=True, backpressure=False, case_sensitive=True
    )
    chunk = next(snapshot())
    assert chunk["snapshot"] and chunk["text_data"].startswith(f"1,{2**63 - 1},1.250,0.5,true,2020-01-31,"), chunk
    pipeline.input_json("t", {"update": {"i": 2, "b": 7}}, update_format="insert_delete")
    client.push_to_pipeline("values", "t", "json", {"payload": {"op": "c", "after": {"i": 5}}}, update_format="debezium")
    assert list(pipeline.query("SELECT COUNT(*), SUM(b) AS s FROM t WHERE i IN (2, 5)")) == [{"count(*)": 2, "s": 7}]
    deadline = time.monotonic() + 30
    seen = []
    while len(seen) < 7 and time.monotonic() < deadline:
        seen += listener.to_dict()
        time.sleep(0.05)
    assert [(row["i"], row["insert_delete"]) for row in seen[:2]] == [(1, 1), (2, 1)], seen
    assert (seen[0]["b"], seen[0]["d"], seen[0]["u"]) == (2**63 - 1, Decimal("1.250"), uuid.UUID(int=5)), seen
    assert sorted(row["insert_delete"] for row in seen) == [-1, 1, 1, 1, 1, 1, 1], seen
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


def failing(client):
    missing = """CREATE TABLE t (x INT) WITH ('connectors' = '[{
      "name": "c", "transport": {"name": "file_input", "config": {"path": "/nowhere/at-all"}}, "format": {"name": "csv"}
    }]');"""
    pipeline = build(client, "failing", missing).create()
    try:
        pipeline.start()
    except RuntimeError as error:
        assert "'/nowhere/at-all' does not exist" in str(error), error
    else:
        raise AssertionError("a connector that can't be opened must not start")
    assert pipeline.status() == PipelineStatus.STOPPED
    assert pipeline.deployment_error()["error_code"] == "ConfigError.InvalidTransportConfig"
    assert refused(lambda: pipeline.start(dismiss_error=False)) == (400, "CannotStartWithUndismissedError")
    pipeline.dismiss_error()
    assert pipeline.deployment_error() is None
    pipeline.delete(clear_storage=True)


def waiting(client):
    pipeline = build(client, "waiting", "CREATE TABLE t (x INT) WITH ('materialized' = 'true');").create()
    pipeline.start()
    token = pipeline.input_json("t", [{"x": i} for i in range(1000)], wait=False)
    pipeline.wait_for_completion(force_stop=True, timeout_s=30)
    assert pipeline.status() == PipelineStatus.STOPPED
    pipeline.start()
    assert client.completion_token_processed("waiting", token)
    assert next(pipeline.query("SELECT COUNT(*) AS n FROM t")) == {"n": 1000}
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


def not_offered(client):
    pipeline = build(client, "not-offered").create()
    pipeline.start()
    assert refused(pipeline.checkpoint) == (501, "EnterpriseFeature")
    assert refused(pipeline.start_transaction) == (501, "UnsupportedFeature")
    others = [
        pipeline.support_bundle, pipeline.metrics, lambda: list(pipeline.logs()), pipeline.events, pipeline.diff,
        pipeline.approve, pipeline.advance_clock, pipeline.rebalance, pipeline.start_compaction,
        pipeline.start_samply_profile, pipeline.update_runtime,
    ]
    for other in others:
        assert refused(other) == (501, "UnsupportedFeature"), other
    for other in [pipeline.checkpoints, pipeline.sync_checkpoint, lambda: pipeline.activate(wait=False)]:
        assert refused(other) == (501, "EnterpriseFeature"), other
    assert refused(lambda: pipeline.start_standby(wait=False)) == (400, "InitialStandbyNotAllowed")
    assert refused(lambda: pipeline.execute("INSERT INTO grades VALUES (1, 2, 3, 4)")) == (400, "AdHocQueryError")
    pipeline.refresh(PipelineFieldSelector.ALL)
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


PARTS = [
    connecting,
    configuring,
    creating,
    lifecycle,
    pushing,
    values,
    waiting,
    failing,
    connectors,
    querying,
    listening,
    not_offered,
]


def outcome(part, client):
    try:
        part(client)
        return None
    except Exception:
        return traceback.format_exc()


if __name__ == "__main__":
    logging.getLogger("feldera").propagate = False
    logging.getLogger("feldera").addHandler(logging.NullHandler())
    client = FelderaClient(sys.argv[1])
    # The SDK sleeps between looks at a status, so the parts are tried side by side.
    with ThreadPoolExecutor(len(PARTS)) as threads:
        outcomes = threads.map(lambda part: (part.__name__, outcome(part, client)), PARTS)
    print(json.dumps(dict(outcomes)))

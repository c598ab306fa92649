"""Drives a server with the Python SDK, as its documentation shows, and tells what became of each part.

Usage: python3 feldera_sdk.py URL
Prints one JSON object: by part, null where it went well, and what went wrong where it did not.
"""

import json
import logging
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import pandas
from feldera import FelderaClient, Pipeline, PipelineBuilder
from feldera.enums import CompletionTokenStatus, PipelineFieldSelector, PipelineStatus
from feldera.rest.errors import FelderaAPIError
from feldera.runtime_config import RuntimeConfig
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


def not_offered(client):
    pipeline = build(client, "not-offered").create()
    pipeline.start()
    assert refused(pipeline.checkpoint) == (501, "EnterpriseFeature")
    assert refused(pipeline.start_transaction) == (501, "UnsupportedFeature")
    assert refused(pipeline.support_bundle) == (501, "UnsupportedFeature")
    pipeline.refresh(PipelineFieldSelector.ALL)
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


PARTS = [creating, lifecycle, pushing, connectors, querying, listening, not_offered]


def outcome(part, client):
    try:
        part(client)
        return None
    except Exception:
        return traceback.format_exc()


if __name__ == "__main__":
    logging.disable()
    client = FelderaClient(sys.argv[1])
    # The SDK sleeps between looks at a status, so the parts are tried side by side.
    with ThreadPoolExecutor(len(PARTS)) as threads:
        outcomes = threads.map(lambda part: (part.__name__, outcome(part, client)), PARTS)
    print(json.dumps(dict(outcomes)))

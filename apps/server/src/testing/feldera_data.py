"""Parts about data: pushed in, waited for, queried, listened to."""

import datetime
import json
import tempfile
import time
import uuid
from decimal import Decimal

import pandas
from feldera.enums import CompletionTokenStatus, PipelineStatus
from feldera_program import build, refused
from pyarrow import parquet

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


def values(client):
    pipeline = build(client, "values", VALUES).create()
    pipeline.start()
    listener = pipeline.listen("Typed")
    pipeline.input_json("t", {**ROW, "u": uuid.UUID(int=5)})
    pipeline.input_json("t", [{"i": 2}])
    first, second = pipeline.query("SELECT * FROM t ORDER BY i")
    # A VARIANT is answered as its JSON text.
    assert json.loads(first["v"]) == ROW["v"], first
    assert first == {**ROW, "ts": "2020-01-31T10:11:12.123456", "v": first["v"]}, first
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
        "2020-01-01T10:00:00.123", "2021-01-01T00:00:00.5",
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

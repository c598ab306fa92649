"""Parts about what newer versions of the SDK do; where the SDK is older, what it does of it."""

import itertools
import warnings

import pandas
from feldera import Pipeline, PipelineBuilder
from feldera.runtime_config import Resources, RuntimeConfig, Storage
from feldera_program import PROGRAM, build, refused


def reading_logs(client):
    assert refused(lambda: next(client.get_pipeline_logs("no-such"))) == (404, "UnknownPipelineName")
    pipeline = build(client, "logged").create()
    first = next(client.get_pipeline_logs("logged"))
    assert first.endswith("the log begins"), first
    pipeline.start()
    if hasattr(pipeline, "resume_logs"):
        with pipeline.resume_logs() as stream:
            head = list(itertools.islice(stream, 3))
            cursor = stream.cursor()
        assert head[0] == first, head
        assert (stream.position.seq, stream.position.gap) == (0, 0), stream.position
        with pipeline.resume_logs(cursor) as stream:
            assert (stream.position.seq, stream.position.gap) == (3, 0), stream.position
            line = next(line for line in stream if line.endswith("the pipeline is Running"))
        with pipeline.resume_logs() as stream:
            whole = list(itertools.islice(stream, 20 if line is None else 5))
        assert whole[:3] == head, whole
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


def newer_settings(client):
    # Settings as they are written since 0.369: amounts with their unit.
    given = {
        "max_rss": "4Gi", "clock_resolution": "500ms", "provisioning_timeout": "1h30m", "max_buffering_delay": "0",
        "datafusion_memory": "16G", "resources": {"memory_max": "16Gi", "storage_max": "400G"},
        "storage": {"min_spill_size": "10Mi", "cache_size": "1GiB"},
        "fault_tolerance": {"model": "at_least_once", "checkpoint_interval": "30s"},
    }
    config = RuntimeConfig.from_dict(given)
    pipeline = PipelineBuilder(client, "newer-settings", sql=PROGRAM, runtime_config=config).create()
    kept = client.get_runtime_config("newer-settings")
    for name, value in given.items():
        shown = kept[name]
        if isinstance(value, dict):
            shown = {key: shown[key] for key in value}
        assert shown == value, (name, shown)
    # What was read can be written back.
    pipeline.set_runtime_config(RuntimeConfig.from_dict(dict(kept)))
    assert client.get_runtime_config("newer-settings") == kept
    twice = RuntimeConfig.from_dict({"max_rss": "4Gi", "max_rss_mb": 4000})
    assert refused(lambda: pipeline.set_runtime_config(twice)) == (400, "InvalidRuntimeConfig")
    if hasattr(RuntimeConfig, "max_rss"):
        newest = RuntimeConfig(
            max_rss="1G", clock_resolution="1s", resources=Resources(memory_max="2Gi", storage_min="1G"),
            storage=Storage(min_spill_size="1Mi"),
        )
        pipeline.set_runtime_config(newest)
        read = pipeline.runtime_config()
        assert (read.max_rss, read.clock_resolution) == ("1G", "1s"), read.__dict__
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert read.max_rss_mb == 1000, read.max_rss_mb
    pipeline.delete()


def metadata(client):
    sql = """CREATE TABLE t (
      x INT, who VARCHAR DEFAULT CAST(CONNECTOR_METADATA()['who'] AS VARCHAR)
    ) WITH ('materialized' = 'true');"""
    pipeline = build(client, "metadata", sql).create()
    pipeline.start()
    params = {"format": "json", "update_format": "raw", "connector_metadata": '{"who": "me"}'}
    token = client.http.post(path="/pipelines/metadata/ingress/t", body={"x": 1}, params=params)["token"]
    pipeline.wait_for_token(token)
    expected = [{"x": 1, "who": "me"}]
    if hasattr(pipeline, "resume_logs"):
        pipeline.input_json("t", [{"x": 2}, {"x": 3}], connector_metadata={"who": "you"})
        pipeline.input_pandas("t", pandas.DataFrame({"x": [4]}), connector_metadata={"who": "they"})
        expected += [{"x": 2, "who": "you"}, {"x": 3, "who": "you"}, {"x": 4, "who": "they"}]
    rows = list(pipeline.query("SELECT x, who FROM t ORDER BY x"))
    assert rows == expected, rows
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)


def output_handles(client):
    pipeline = build(client, "handles").create()
    pipeline.start()
    listener = pipeline.listen("average_scores")
    pipeline.input_json("students", {"id": 1, "name": "Ada"})
    grades = {"student_id": 1, "science": 90, "maths": 80, "art": 70}
    token = pipeline.input_json("grades", grades, wait=False)
    pipeline.wait_for_token(token)
    if hasattr(listener, "wait_for_token"):
        listener.wait_for_token(token, timeout_s=30)
        assert listener.to_dict() == [{"name": "Ada", "average": 80, "insert_delete": 1}]
        pipeline.pause_output_connector("average_scores", "nowhere")
        assert pipeline.output_connector_stats("average_scores", "nowhere").paused
        pipeline.start_output_connector("average_scores", "nowhere")
        assert not pipeline.output_connector_stats("average_scores", "nowhere").paused
    assert Pipeline.get("handles", client).stats().global_metrics.total_completed_steps > 0
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)

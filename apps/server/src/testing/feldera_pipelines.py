"""Parts about pipelines themselves: made, configured, started, stopped, refused."""

import logging
from importlib.metadata import version

from feldera import FelderaClient, Pipeline, PipelineBuilder
from feldera.enums import (
    BootstrapPolicy,
    CompilationProfile,
    DeploymentResourcesStatus,
    DeploymentRuntimeStatus,
    FaultToleranceModel,
    PipelineFieldSelector,
    PipelineStatus,
    TransactionStatus,
)
from feldera.runtime_config import Resources, RuntimeConfig, Storage
from feldera_program import PROGRAM, build, refused


def connecting(client):
    heard = []
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())
    logging.getLogger("feldera").addHandler(handler)
    config = FelderaClient(client.config.url).get_config()
    assert config.edition.value == "Open source"
    # Of its own version it says nothing; a newer one says which is which, and works all the same.
    if version("feldera") != config.version:
        heard = [text for text in heard if not text.endswith("There could be incompatibilities.")]
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


def not_offered(client):
    pipeline = build(client, "not-offered").create()
    pipeline.start()
    assert refused(pipeline.checkpoint) == (501, "EnterpriseFeature")
    assert refused(pipeline.start_transaction) == (501, "UnsupportedFeature")
    others = [
        pipeline.support_bundle, pipeline.metrics, pipeline.events, pipeline.diff,
        pipeline.approve, pipeline.advance_clock, pipeline.rebalance, pipeline.start_compaction,
        pipeline.start_samply_profile, pipeline.update_runtime,
    ]
    for other in others:
        assert refused(other) == (501, "UnsupportedFeature"), other
    for other in [pipeline.sync_checkpoint, lambda: pipeline.activate(wait=False)]:
        assert refused(other) == (501, "EnterpriseFeature"), other
    assert pipeline.checkpoints() == [], pipeline.checkpoints()
    assert refused(lambda: pipeline.start_standby(wait=False)) == (400, "InitialStandbyNotAllowed")
    assert refused(lambda: pipeline.execute("INSERT INTO grades VALUES (1, 2, 3, 4)")) == (400, "AdHocQueryError")
    pipeline.refresh(PipelineFieldSelector.ALL)
    pipeline.stop(force=True)
    pipeline.delete(clear_storage=True)

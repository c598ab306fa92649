"""What the parts share: a program, how it is made a pipeline, and calls that have to be refused."""

from feldera import PipelineBuilder
from feldera.rest.errors import FelderaAPIError
from feldera.runtime_config import RuntimeConfig

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

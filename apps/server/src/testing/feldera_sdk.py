"""Drives a server with the Python SDK, as its documentation shows, and tells what became of each part.

Usage: python3 feldera_sdk.py URL
Prints one JSON object: by part, null where it went well, and what went wrong where it did not.
"""

import json
import logging
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

from feldera import FelderaClient
from feldera_data import connectors, listening, pushing, querying, values, waiting
from feldera_newer import metadata, newer_settings, output_handles, reading_logs
from feldera_pipelines import configuring, connecting, creating, failing, lifecycle, not_offered

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
    reading_logs,
    newer_settings,
    metadata,
    output_handles,
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

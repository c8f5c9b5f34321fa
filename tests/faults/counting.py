"""`plumbline` with two more tasks, whose effects can be counted: what task_loop.py starts instead of the command line.

Takes the arguments of the command line. `COUNTING_LEASE_S` shortens leases for a short run.
"""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

import app.jobs.task as rules

if "COUNTING_LEASE_S" in os.environ:  # before the modules that take these values over
    rules.LEASE = timedelta(seconds=float(os.environ["COUNTING_LEASE_S"]))
    rules.HEARTBEAT = rules.LEASE / 4

from app import cli, worker
from app.jobs.task import Duties, Errand, Task

EFFECT = text("insert into effects (n, worker) values (:n, :worker)")


def count(connection, payload, _now):
    """Half of its effect, a while in which the process may die, the other half."""
    connection.execute(EFFECT, {"n": payload["n"], "worker": os.getpid()})
    time.sleep(payload["seconds"])
    connection.execute(EFFECT, {"n": payload["n"], "worker": os.getpid()})


def call(payload, this, _now):
    """What another service would see: a line with the key, by which it tells a repeat. Then a while."""
    line = f"{this.key} {this.id}\n".encode()
    calls = os.open(Path(os.environ["PLUMBLINE_DATA"]) / "calls", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(calls, line)
    os.close(calls)
    time.sleep(payload["seconds"])
    return payload["n"]


def keep(connection, _payload, result, _now):
    for _ in range(2):
        connection.execute(EFFECT, {"n": result, "worker": os.getpid()})


def more_duties(retention_months, _product=worker.duties):
    """The product's own duties, and two more."""
    own = _product(retention_months)
    return Duties((*own.tasks, Task("count", count), Errand("call", call, keep)), own.schedules)


if __name__ == "__main__":
    worker.duties = more_duties
    sys.argv[0] = "plumbline"
    cli.main()

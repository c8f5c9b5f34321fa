"""Background work beside a server, alone, and not at all: what an operator starts and what happens then."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from conftest import START
from factories import begin
from faults.server import REPOSITORY, environment, plumbline
from sqlalchemy import select

from app import worker
from app.attempts import rows
from app.attempts.state import Status
from app.database.tasks import tasks
from app.jobs import queue
from app.jobs.task import Task, slot_key
from app.main import create_app
from app.settings import Settings


def test_every_schedule_names_a_task_and_no_name_comes_twice():
    what = worker.duties(12)
    names = [task.name for task in what.tasks]
    assert len(names) == len(set(names))
    assert {schedule.task for schedule in what.schedules} <= set(names)
    assert all(schedule.every < worker.KEEP_DONE for schedule in what.schedules), "its key must outlive its slot"
    assert all(isinstance(task, Task) for task in what.tasks)


def test_no_two_processes_have_the_same_name():
    assert len({worker.own_name() for _ in range(100)}) == 100
    assert str(os.getpid()) in worker.own_name()


def test_a_done_task_is_forgotten_after_a_week(db):
    def names(now):
        db.write_now(worker.forget_done, {}, now)
        return db.read_now(lambda c: c.execute(select(tasks.c.name)).scalars().all())

    db.write_now(queue.enqueue, "x", {}, START)
    db.write_now(queue.perform, db.write_now(queue.take, "w", {"x": 1}, START), lambda *_: None, START)
    assert names(START + timedelta(days=7)) == ["x"]
    assert names(START + timedelta(days=7, seconds=1)) == []


def test_a_server_closes_attempts_that_ran_out_of_time_while_nobody_asks(db, tmp_path):
    sitting = begin(db, "machine-learning-researcher-quick")
    now = START + timedelta(days=1)
    slots = {slot_key(schedule, now) for schedule in worker.duties(12).schedules}
    keys = select(tasks.c.key).where(tasks.c.state == "done")

    def done():
        return set(db.read_now(lambda c: c.execute(keys).scalars().all()))

    async def run():
        settings = Settings(data=tmp_path, database_url=db.url.render_as_string(hide_password=False))
        what = worker.duties(12)

        def beside(own, clock):
            return worker.beside(own, clock, what, works=True)

        app = create_app(settings, lambda: now, beside)
        async with app.router.lifespan_context(app):
            until = time.monotonic() + 15
            while not slots <= done():
                assert time.monotonic() < until
                await asyncio.sleep(0.02)

    asyncio.run(run())
    assert db.read_now(rows.find, sitting.attempt_id).status == Status.SCORED


def test_a_process_that_does_not_work_takes_nothing(db):
    db.write_now(queue.enqueue, "tasks.forget", {}, START)

    async def run():
        async with worker.beside(db, lambda: START, worker.duties(12), works=False):
            await asyncio.sleep(0.3)

    asyncio.run(run())
    assert db.read_now(queue.standing, START).waiting == 1


@pytest.mark.sqlite
def test_working_alone_on_sqlite_is_refused(data_folder):
    done = plumbline(data_folder, "work")
    assert done.returncode == 2
    assert "its server, which carries out the tasks itself" in done.stderr
    assert "Traceback" not in done.stderr


def test_working_alone_ends_with_0_at_sigterm_after_what_is_under_way(cluster, published_database, tmp_path):
    url = cluster.url(cluster.create(published_database))
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "work"],
        cwd=REPOSITORY,
        env=environment(tmp_path / "data", url),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "at work" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.wait()
        process.stderr.close()

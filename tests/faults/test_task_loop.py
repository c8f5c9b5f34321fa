"""The short form of task_loop.py: a server and a process at work die in the middle of tasks; each has its effect once.

Leases are shortened to 2 s, as the long form's 20 s would be most of the time that the suite has.
"""

import shutil

from faults import task_loop
from faults.task_loop import SERVE, WORK


def test_each_task_has_its_effect_once_although_processes_die_in_the_middle(
    durable_cluster, durable_template, tmp_path
):
    data, url = tmp_path / "data", durable_cluster.url(durable_cluster.create(durable_template))
    data.mkdir()
    outcome = task_loop.run(data, url, count=48, kills=1, pause_s=(0.2, 0.4), lease_s=2.0, kinds=[SERVE, WORK])
    assert outcome.complaints == []
    assert outcome.kills == {"serve-0": 1, "work-1": 1}
    assert outcome.interrupted >= 1
    assert outcome.is_sound, outcome


def test_a_sqlite_server_that_died_goes_on_with_its_tasks(published_file, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(published_file, data / "plumbline.sqlite3")
    url = f"sqlite:///{data / 'plumbline.sqlite3'}"
    outcome = task_loop.run(data, url, count=24, kills=1, pause_s=(0.05, 0.1), lease_s=2.0)
    assert outcome.complaints == []
    assert outcome.is_sound, outcome

"""A full disk, and one that may only be read: answers are refused as not stored, and go through once there is room."""

import factories
from faults import cases, disk_full, statements
from faults.world import BROWSER, Call, world

from app.database.engine import Database


def test_a_disk_that_fills_up_and_is_cleared_costs_no_answer(published_file, tmp_path, record_property):
    outcome = disk_full.run(published_file, tmp_path / "disk")
    record_property("disk", outcome.disk)
    assert outcome.is_sound, outcome
    assert outcome.refused > 5, outcome
    assert outcome.load.acks > 50, outcome


def test_where_only_reading_is_possible_answers_are_refused_and_pages_are_shown(data_folder, tmp_path):
    file = data_folder / "plumbline.sqlite3"
    url = f"sqlite:///{file}"
    writable = Database(url)
    sitting = factories.begin(writable, browser=BROWSER)
    writable.close()
    answer = cases.answer(sitting)
    page = Call("GET", f"/a/{sitting.attempt_id}/q")
    form = cases.form(sitting, "q")

    with world(f"sqlite:///file:{file}?mode=ro&uri=true", tmp_path / "first") as stand:
        refused = stand.send(answer)
        assert statements.not_unavailable(refused, is_page=False) == []
        assert statements.not_unavailable(stand.send(form), is_page=True) == []
        assert stand.send(page).status == 200
        before = stand.rows()

    with world(url, tmp_path / "second") as stand:
        assert stand.rows() == before
        stored = stand.send(answer)
        assert stored.status == 200
        assert stand.send(answer) == stored

"""Restarts under load: of the database, which the servers outlive, and of the servers, one after another."""

from faults import restart
from faults.restart import DATABASE, SERVERS
from faults.server import call, reply, request

THINK_S = 0.01  # the more answers, the longer `db verify` takes


def test_a_restart_of_the_database_costs_nobody_an_answer_and_is_told_as_503_repeat(postgresql_stand):
    outcome = restart.run(postgresql_stand, DATABASE, times=2, clients=3, pause_s=(0.1, 0.5), think_s=THINK_S)
    assert outcome.is_sound, outcome
    assert outcome.times == 2
    assert set(outcome.load.refused) == {"503 storage.unavailable"}


def test_servers_are_restarted_one_after_another_and_nobody_loses_an_answer(service):
    outcome = restart.run(service, SERVERS, times=len(service.servers), clients=3, pause_s=(0.2, 0.5), think_s=THINK_S)
    assert outcome.is_sound, outcome
    assert outcome.exit_codes == (0,) * len(service.servers)


def test_a_request_that_came_before_sigterm_is_carried_out_and_answered(sqlite_stand):
    [server] = sqlite_stand.servers
    started = [request(server.port, "POST", "/api/v1/attempts", {"assessment": "mathematics"}) for _ in range(20)]
    call(server.port, "GET", "/healthz")  # all twenty have been read before this one
    assert server.stop() == 0
    replies = [reply(one) for one in started]
    server.start()
    assert [one.status for one in replies] == [201] * 20
    for one in replies:
        shown = call(server.port, "GET", f"/api/v1/attempts/{one.json['id']}", token=one.json["token"])
        assert shown.status == 200

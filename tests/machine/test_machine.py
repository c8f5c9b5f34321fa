"""Candidates do anything in any order while the clock jumps and the server restarts: every promise holds.

As a command, for a night: `python tests/machine/run.py --examples 25000 --steps 40 --database postgresql`.
"""

from machine.run import campaign

EXAMPLES, STEPS = 40, 30  # the budget in which test_planted.py finds its faults


def test_whatever_candidates_do_every_promise_holds(application, book):
    tally = campaign(application, book, examples=EXAMPLES, steps=STEPS)
    # a machine that does nothing would find nothing
    assert tally.steps > EXAMPLES * STEPS / 2
    assert tally.answers > 200
    assert tally.repeats > 200
    assert tally.results > 20
    assert min(tally.looks, tally.refused, tally.drafts, tally.late, tally.restarts) > 0, tally
    assert {"finished", "time", "open"} <= set(tally.ended), tally

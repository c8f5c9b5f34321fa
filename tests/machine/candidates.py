"""Hypothesis's machine: candidates and strangers do anything, in any order, at any time. Every rule is one deed."""

import sys
from collections.abc import Mapping
from typing import ClassVar

from conftest import START
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple, rule
from machine import answering, looking, others, starting, watch
from machine.book import Book
from machine.model import Sitting
from machine.table import Table, Tally
from machine.wire import Application

from app.attempts.assessments import Assessment

QUICK = "machine-learning-researcher-quick"
MOST_SITTINGS = 5
HOUR_S = 3600.0
AROUND_THE_END_S = st.sampled_from([-1.0, -0.001, 0.0, 4.999, 5.0, 5.000001, 60.0])  # from the deadline; 5 s are grace
KINDS = st.sampled_from(["right", "wrong", "right", "wrong", "skip", "malformed"])
WELL_FORMED = st.sampled_from(["right", "wrong", "skip"])
MODES = st.sampled_from(["assess", "assess", "assess", "practice"])
TESTS = st.sampled_from([QUICK, "mathematics", QUICK, "deep-learning", "machine-learning-researcher"])
TIMES = st.sampled_from(list(starting.TIMES))
PAGES = st.sampled_from(["q", "q", "stop", "saved", "done", "continue"])
WHO = st.integers(0, 1)
DICE = st.integers(0, 2**16)
FEW = st.integers(0, 7)
SELDOM = st.sampled_from([False, True, False])  # what ends an attempt, or few would grow long


class Candidates(RuleBasedStateMachine):
    """Subclasses set what it runs over; see `run.campaign`."""

    application: ClassVar[Application]
    book: ClassVar[Book]
    offered: ClassVar[Mapping[str, Assessment]]
    tally: ClassVar[Tally]

    sittings: Bundle[Sitting] = Bundle("sittings")

    def __init__(self) -> None:
        super().__init__()
        self.table = Table(self.application, self.book, self.offered, self.tally)
        self.application.clock.now = START

    # --- starting

    @initialize(target=sittings, seed=DICE, what=TESTS, time=TIMES, given=st.integers(0, 9))
    def open_the_doors(self, seed: int, what: str, time: str, given: int) -> MultipleResults[Sitting]:
        """Three attempts of two browsers, some answers in; what they are asked follows from the seed."""
        self.application.random.seed(seed)
        ann, ben = self.table.owners
        by_page = starting.start_by_page(self.table, ann, what, "assess", time)
        by_both = starting.start(self.table, ann, QUICK, "assess", None)
        for place in range(given):
            answering.answer(self.table, by_page, "right" if place % 2 else "wrong", seed + place, cookie=True)
            answering.answer(self.table, by_both, "wrong" if place % 3 else "right", seed + place, cookie=False)
        return multiple(by_page, by_both, starting.start_by_page(self.table, ben, QUICK, "assess", "standard"))

    @rule(target=sittings, who=WHO, what=TESTS, mode=MODES, is_from_nowhere=st.booleans(), key=st.none() | DICE)
    def start(
        self, who: int, what: str, mode: str, is_from_nowhere: bool, key: int | None
    ) -> Sitting | MultipleResults[Sitting]:
        if len(self.table.sittings) >= MOST_SITTINGS:
            return multiple()
        owner = None if is_from_nowhere else self.table.owners[who]
        named = None if key is None else f"{key}-{self.tally.steps}"
        return starting.start(self.table, owner, what, mode, named)

    @rule(target=sittings, who=WHO, what=TESTS, mode=MODES, time=TIMES)
    def start_by_page(self, who: int, what: str, mode: str, time: str) -> Sitting | MultipleResults[Sitting]:
        if len(self.table.sittings) >= MOST_SITTINGS:
            return multiple()
        return starting.start_by_page(self.table, self.table.owners[who], what, mode, time)

    @rule(target=sittings, sitting=sittings, by_page=st.booleans(), cookie=st.booleans())
    def go_on(self, sitting: Sitting, by_page: bool, cookie: bool) -> Sitting | MultipleResults[Sitting]:
        made = starting.go_on_by_page(self.table, sitting) if by_page else starting.go_on(self.table, sitting, cookie)
        return multiple() if made is None else made

    # --- answering

    @rule(sitting=sittings, kind=KINDS, dice=DICE, cookie=st.booleans())
    def answer(self, sitting: Sitting, kind: str, dice: int, cookie: bool) -> None:
        answering.answer(self.table, sitting, kind, dice, cookie)

    @rule(sitting=sittings, kinds=st.lists(WELL_FORMED, min_size=3, max_size=12), dice=DICE, cookie=st.booleans())
    def answer_several(self, sitting: Sitting, kinds: list[str], dice: int, cookie: bool) -> None:
        for place, kind in enumerate(kinds):
            answering.answer(self.table, sitting, kind, dice + place, cookie)

    @rule(sitting=sittings, kind=KINDS, dice=DICE)
    def answer_by_page(self, sitting: Sitting, kind: str, dice: int) -> None:
        answering.answer_by_page(self.table, sitting, kind, dice, behind=0, is_other_item=False)

    @rule(sitting=sittings, kind=KINDS, dice=DICE, behind=st.integers(0, 2))
    def answer_in_another_tab(self, sitting: Sitting, kind: str, dice: int, behind: int) -> None:
        answering.answer_by_page(self.table, sitting, kind, dice, behind, is_other_item=behind == 0)

    @rule(sitting=sittings, which=FEW, respelled=st.booleans(), cookie=st.booleans())
    def repeat(self, sitting: Sitting, which: int, respelled: bool, cookie: bool) -> None:
        answering.repeat(self.table, sitting, which, respelled, cookie)

    @rule(sitting=sittings, which=FEW, kind=KINDS, dice=DICE, cookie=st.booleans())
    def change(self, sitting: Sitting, which: int, kind: str, dice: int, cookie: bool) -> None:
        answering.change(self.table, sitting, which, kind, dice, cookie)

    @rule(sitting=sittings, other=sittings, ahead=st.integers(-2, 2), dice=DICE, cookie=st.booleans())
    def astray(self, sitting: Sitting, other: Sitting, ahead: int, dice: int, cookie: bool) -> None:
        answering.astray(self.table, sitting, other, ahead, dice, cookie)

    # --- drafts

    @rule(sitting=sittings, revision=FEW, kind=KINDS, dice=DICE, is_old=st.booleans(), cookie=st.booleans())
    def draft(self, sitting: Sitting, revision: int, kind: str, dice: int, is_old: bool, cookie: bool) -> None:
        answering.draft(self.table, sitting, revision, kind, dice, int(is_old and dice % 4 == 0), cookie)

    @rule(sitting=sittings, revision=FEW, kind=WELL_FORMED, dice=DICE)
    def draft_by_page(self, sitting: Sitting, revision: int, kind: str, dice: int) -> None:
        answering.draft_by_page(self.table, sitting, revision, kind, dice)

    # --- looking

    @rule(sitting=sittings, cookie=st.booleans())
    def read(self, sitting: Sitting, cookie: bool) -> None:
        looking.read(self.table, sitting, cookie)

    @rule(sitting=sittings, page=PAGES)
    def look(self, sitting: Sitting, page: str) -> None:
        looking.look(self.table, sitting, page)

    @rule(sitting=sittings, which=FEW)
    def look_at_solution(self, sitting: Sitting, which: int) -> None:
        looking.solution(self.table, sitting, which)

    # --- ending

    @rule(sitting=sittings, times=st.integers(1, 2), by_page=st.booleans(), is_sure=SELDOM)
    def finish(self, sitting: Sitting, times: int, by_page: bool, is_sure: bool) -> None:
        if sitting.is_over or is_sure:
            for _ in range(times):
                looking.finish(self.table, sitting, by_page)

    @rule(sitting=sittings, by_page=st.booleans())
    def result(self, sitting: Sitting, by_page: bool) -> None:
        looking.result(self.table, sitting, by_page)

    @rule(sitting=sittings)
    def history(self, sitting: Sitting) -> None:
        looking.history(self.table, sitting)

    # --- others, time and the server

    @rule(sitting=sittings, who=DICE, dice=DICE)
    def intrude(self, sitting: Sitting, who: int, dice: int) -> None:
        known = others.strangers(self.table, sitting)
        others.intrude(self.table, sitting, known[who % len(known)], dice)

    @rule(sitting=sittings, who=WHO)
    def hand_over(self, sitting: Sitting, who: int) -> None:
        others.hand_over(self.table, sitting, self.table.owners[who])

    @rule(sitting=sittings, seconds=AROUND_THE_END_S, is_sure=SELDOM)
    def wait_for_the_end(self, sitting: Sitting, seconds: float, is_sure: bool) -> None:
        if sitting.expires_at is not None and not sitting.is_over and is_sure:
            self.application.clock.now = sitting.expires_at
            self.application.clock.move(seconds)

    @rule(seconds=st.sampled_from([-20.0, 0.5, 3.0, 45.0, 45.0, 90.0, 300.0, -HOUR_S, HOUR_S]))
    def wait(self, seconds: float) -> None:
        self.application.clock.move(seconds)

    @rule(what=st.sampled_from(["nothing", "my tests", "my tests", "sweep", "sweep", "restart"]), who=WHO)
    def meanwhile(self, what: str, who: int) -> None:
        if what == "my tests":
            looking.my_tests(self.table, self.table.owners[who])
        elif what == "sweep":
            others.sweep(self.table)
        elif what == "restart":
            self.application.restart()
            self.tally.restarts += 1

    # --- what must be true

    @invariant()
    def stored_is_what_was_told(self) -> None:
        self.tally.steps += 1
        self.table.end_of_step()

    def teardown(self) -> None:
        if sys.exc_info()[0] is not None:
            return  # something is known to be wrong already
        longest = max(self.table.sittings, key=lambda one: len(one.answers), default=None)
        if longest is not None:
            looking.finish(self.table, longest, by_page=False)
            looking.result(self.table, longest, by_page=False)
        for owner in self.table.owners:
            looking.my_tests(self.table, owner)
        for sitting in list(self.table.sittings):
            looking.read(self.table, sitting, cookie=False)
            for which in range(len(sitting.answers)):
                answering.repeat(self.table, sitting, which, respelled=False, cookie=False)
        self.table.end_of_step()
        self.tally.ended.update(one.ended_by or "open" for one in self.table.sittings)
        with self.application.database.reader.connect() as connection:
            for sitting in self.table.sittings:
                watch.rows(connection, sitting, self.book)
                watch.verified(connection, sitting)

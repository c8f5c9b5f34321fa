"""The machine is worth its time: faults of the kinds that services like this one have had are all found by it."""

import pytest
from machine import planted
from machine.model import Violated
from machine.run import FINDING, campaign
from machine.test_machine import EXAMPLES, STEPS

pytestmark = pytest.mark.sqlite  # the faults are in the rules, not in the storage


@pytest.mark.parametrize("name", planted.FAULTS)
def test_a_planted_fault_is_found_and_named(name, application, book, monkeypatch):
    fault = planted.FAULTS[name]
    fault.plant(monkeypatch)
    with pytest.raises(Violated) as found:
        campaign(application, book, examples=EXAMPLES, steps=STEPS, phases=FINDING)
    assert str(found.value).startswith(fault.breaks), found.value

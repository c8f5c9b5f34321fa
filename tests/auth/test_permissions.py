"""The matrix of who may do what with an attempt: whoever is not named may do nothing."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auth import permissions
from app.auth.permissions import Action, Actor, AttemptResource, can

pytestmark = pytest.mark.quick

TOKEN, BROWSER, OTHER = "a" * 64, "b" * 64, "c" * 64  # digests
OF_A_BROWSER, OF_NO_BROWSER = AttemptResource(TOKEN, BROWSER), AttemptResource(TOKEN, None)
# actor -> may it touch an attempt that (a browser, no browser) started?
MATRIX = {
    "nobody": (Actor(), False, False),
    "the attempt's token": (Actor(bearer=TOKEN), True, True),
    "another attempt's token": (Actor(bearer=OTHER), False, False),
    "the browser that started it": (Actor(browser=BROWSER), True, False),
    "another browser": (Actor(browser=OTHER), False, False),
    "the token in another browser": (Actor(bearer=TOKEN, browser=OTHER), True, True),
    "another token in its browser": (Actor(bearer=OTHER, browser=BROWSER), True, False),
    "a browser that shows the token's digest as its own": (Actor(browser=TOKEN), False, False),
    "a token with the digest of the browser": (Actor(bearer=BROWSER), False, False),
    "empty texts": (Actor(bearer="", browser=""), False, False),
}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("who", MATRIX)
def test_the_matrix(who, action):
    actor, of_a_browser, of_no_browser = MATRIX[who]
    assert can(actor, action, OF_A_BROWSER) is of_a_browser
    assert can(actor, action, OF_NO_BROWSER) is of_no_browser


def test_an_action_that_is_not_known_is_denied_to_everybody():
    for (actor, *_), resource in itertools.product(MATRIX.values(), (OF_A_BROWSER, OF_NO_BROWSER)):
        for unknown in ("attempt.delete", "", "READ", None):
            assert can(actor, unknown, resource) is False


digests = (
    st.none() | st.text("0123456789abcdef", max_size=70) | st.sampled_from([TOKEN, BROWSER, TOKEN[:-1], TOKEN + "a"])
)


@given(digests, digests, st.sampled_from(Action))
def test_nothing_but_the_exact_digests_opens_an_attempt(bearer, browser, action):
    actor = Actor(bearer, browser)
    assert can(actor, action, OF_A_BROWSER) is (bearer == TOKEN or browser == BROWSER)


def test_a_new_action_must_be_put_into_this_matrix():
    assert {action.value for action in permissions.Action} == {
        "attempt.read",
        "attempt.answer",
        "attempt.finish",
        "attempt.continue",
    }

"""Tokens: what is broken in copying is recognised without a look-up, and what is stored opens nothing."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.auth import tokens

pytestmark = pytest.mark.quick

bodies = st.integers(0, 2**160 - 1)
prefixes = st.sampled_from([tokens.ATTEMPT, tokens.BROWSER])
secrets = st.binary(min_size=16, max_size=64)
places = st.integers(0, 10_000)
any_characters = st.characters(categories=["L", "N", "P", "S", "Z", "C"])  # half surrogate pairs too


def token_of(prefix, number):
    """The token with these random bits."""
    return tokens._seal(prefix, tokens._base62(number, 27))


@given(prefixes, bodies)
def test_a_token_is_whole_under_its_own_prefix_alone(prefix, number):
    token = token_of(prefix, number)
    assert tokens.is_whole(token, prefix)
    other = tokens.BROWSER if prefix == tokens.ATTEMPT else tokens.ATTEMPT
    assert not tokens.is_whole(token, other)


@given(prefixes, bodies, places, any_characters)
def test_every_change_of_a_single_character_is_caught(prefix, number, place, character):
    token = token_of(prefix, number)
    place %= len(token)
    assume(token[place] != character)
    assert not tokens.is_whole(token[:place] + character + token[place + 1 :], prefix)


@pytest.mark.parametrize("character", ["\ud800", "\u0131", "\x00", "é"])
@pytest.mark.parametrize("place", [0, 10, 31, -1])
def test_characters_that_cannot_be_in_a_token_are_caught_anywhere(character, place):
    letters = list(tokens.mint(tokens.ATTEMPT))
    letters[place] = character
    assert not tokens.is_whole("".join(letters), tokens.ATTEMPT)
    code = list(tokens.resume_code(b"k" * 32, "A" * 16))
    code[place] = character
    assert tokens.attempt_of_resume_code((b"k" * 32,), "".join(code)) is None


@given(bodies, places)
def test_two_neighbours_that_changed_places_are_caught(number, place):
    token = token_of(tokens.ATTEMPT, number)
    place %= len(token) - 1
    swapped = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
    assume(swapped != token)
    assert not tokens.is_whole(swapped, tokens.ATTEMPT)


@given(bodies, places, st.text(min_size=1, max_size=3))
def test_what_a_mail_program_cuts_off_or_adds_is_caught(number, place, more):
    token = token_of(tokens.ATTEMPT, number)
    assert not tokens.is_whole(token[: place % len(token)], tokens.ATTEMPT)
    assert not tokens.is_whole(token + more, tokens.ATTEMPT)
    assert not tokens.is_whole(more + token, tokens.ATTEMPT)


@given(st.text(any_characters, max_size=60))
def test_no_text_makes_the_check_fail_with_an_error(text):
    assert tokens.is_whole(text, tokens.ATTEMPT) in (True, False)


def test_minted_tokens_are_whole_and_never_the_same():
    minted = {tokens.mint(tokens.ATTEMPT) for _ in range(1000)}
    assert len(minted) == 1000
    assert all(tokens.is_whole(token, tokens.ATTEMPT) for token in minted)
    assert all(len(token) == 3 + 1 + 27 + 1 + 6 for token in minted)


def test_ids_are_sixteen_characters_and_never_the_same():
    ids = {tokens.new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(one) for one in ids} == {16}


def test_what_is_stored_of_a_token_is_not_the_token():
    token = tokens.mint(tokens.ATTEMPT)
    stored = tokens.digest(token)
    assert len(stored) == 64
    assert token not in stored
    assert not tokens.is_whole(stored, tokens.ATTEMPT)


ids = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=16, max_size=16)


@given(secrets, ids)
def test_a_resume_code_opens_the_attempt_it_was_made_for(secret, attempt):
    code = tokens.resume_code(secret, attempt)
    assert tokens.attempt_of_resume_code((secret,), code) == attempt
    assert tokens.attempt_of_resume_code((secret,), f"  {code}\n") == attempt, "as it is pasted"


@given(secrets, ids, places, any_characters)
def test_a_resume_code_with_one_character_changed_opens_nothing(secret, attempt, place, character):
    code = tokens.resume_code(secret, attempt)
    place %= len(code)
    changed = code[:place] + character + code[place + 1 :]
    assume(changed.strip() != code)
    assert tokens.attempt_of_resume_code((secret,), changed) is None


@given(secrets, secrets, ids)
def test_a_resume_code_of_another_server_opens_nothing(secret, other, attempt):
    assume(secret != other)
    # HMAC pads keys with zero bytes, so keys that differ in those alone are the same key
    assume(secret.rstrip(b"\0") != other.rstrip(b"\0"))
    assert tokens.attempt_of_resume_code((secret,), tokens.resume_code(other, attempt)) is None


@given(secrets, st.text(any_characters, max_size=60))
def test_no_text_opens_an_attempt_or_fails_with_an_error(secret, text):
    assert tokens.attempt_of_resume_code((secret,), text) is None


@given(st.lists(secrets, min_size=1, max_size=4), ids, places)
def test_a_resume_code_made_under_any_secret_that_still_counts_opens_its_attempt(accepted, attempt, place):
    code = tokens.resume_code(accepted[place % len(accepted)], attempt)
    assert tokens.attempt_of_resume_code(accepted, code) == attempt
    assert tokens.attempt_of_resume_code((), code) is None


def test_a_resume_code_has_at_least_100_bits_that_cannot_be_guessed():
    code = tokens.resume_code(b"k" * 32, "A" * 16)
    assert len(code.rpartition("-")[2]) * 5.95 > 100

"""The code: for a while, for one, and not to be guessed."""

from __future__ import annotations

import pytest

from videoai.errors import TooManyTries, WrongCode
from videoai.web.pairing import CODE_SECONDS, DIGITS, LOCKED_SECONDS, TRIES, Pairing


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pairing(clock):
    made = Pairing(clock)
    made.renew()
    return made


def code_of(pairing):
    return pairing.current()[0]


def wrong_for(pairing):
    return f"{(int(code_of(pairing) or 0) + 1) % 10**DIGITS:0{DIGITS}}"


def test_a_code_is_right_once_with_spaces_or_without(pairing):
    code = code_of(pairing)
    assert len(code) == DIGITS
    pairing.use(f" {code[:4]}-{code[4:]} ", "peer")
    assert pairing.current() == (None, 0)
    with pytest.raises(WrongCode):
        pairing.use(code, "peer")


def test_a_code_is_right_for_five_minutes(pairing, clock):
    code = code_of(pairing)
    clock.now += CODE_SECONDS - 1
    assert pairing.current() == (code, 2)
    clock.now += 1
    assert pairing.current() == (None, 0)
    with pytest.raises(WrongCode):
        pairing.use(code, "peer")


@pytest.mark.parametrize("given", ["", "0", "1234567", "123456789", "x" * 100_000, "１２３４５６７８", "é", "\0"])
def test_nothing_else_is_right(pairing, given):
    with pytest.raises(WrongCode):
        pairing.use(given, "peer")


def test_while_there_is_no_code_none_is_right_not_even_none(clock):
    pairing = Pairing(clock)
    with pytest.raises(WrongCode):
        pairing.use("", "peer")


def test_the_tenth_wrong_code_ends_it_for_a_while_and_changes_the_code(pairing, clock):
    before = code_of(pairing)
    for _ in range(TRIES):
        assert code_of(pairing) == before
        with pytest.raises(WrongCode):
            pairing.use(wrong_for(pairing), "guesser")
    after = code_of(pairing)
    assert after not in (None, before)
    with pytest.raises(TooManyTries):
        pairing.use(after, "guesser")
    pairing.use(after, "another")
    clock.now += LOCKED_SECONDS
    pairing.renew()
    pairing.use(code_of(pairing), "guesser")


def test_who_is_right_in_the_end_is_forgiven(pairing):
    for _ in range(3):
        for _ in range(TRIES - 1):
            with pytest.raises(WrongCode):
                pairing.use(wrong_for(pairing), "clumsy")
        pairing.use(code_of(pairing), "clumsy")
        pairing.renew()


def test_a_crowd_of_addresses_is_not_counted_without_end(pairing):
    for number in range(256):
        with pytest.raises(WrongCode):
            pairing.use(wrong_for(pairing), f"10.0.0.{number}")
    with pytest.raises(TooManyTries):
        pairing.use(code_of(pairing), "10.0.1.1")

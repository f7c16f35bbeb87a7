"""The code: for a while, for one, and not to be guessed."""

from __future__ import annotations

import pytest

from videoai.errors import TooManyTries, WriteFailed, WrongCode
from videoai.web.pairing import CODE_SECONDS, DIGITS, FORGIVEN_SECONDS, TRIES, TURN_SECONDS, Pairing


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


def use(pairing, code, peer):
    with pairing.using(code, peer):
        pass


def test_a_code_is_right_once_with_spaces_or_without(pairing):
    code = code_of(pairing)
    assert len(code) == DIGITS
    use(pairing, f" {code[:4]}-{code[4:]} ", "peer")
    assert pairing.current() == (None, 0)
    with pytest.raises(WrongCode):
        use(pairing, code, "peer")


def test_a_code_that_opened_nothing_is_right_once_more(pairing):
    code = code_of(pairing)
    with pytest.raises(WriteFailed), pairing.using(code, "peer"):
        raise WriteFailed("The disk is full.", "Free some space.")
    assert code_of(pairing) == code
    use(pairing, code, "peer")
    assert code_of(pairing) is None


def test_a_code_is_right_for_five_minutes(pairing, clock):
    code = code_of(pairing)
    clock.now += CODE_SECONDS - 1
    assert pairing.current() == (code, 2)
    clock.now += 1
    assert pairing.current() == (None, 0)
    with pytest.raises(WrongCode):
        use(pairing, code, "peer")


@pytest.mark.parametrize("given", ["", "0", "1234567", "123456789", "x" * 100_000, "１２３４５６７８", "é", "\0"])
def test_nothing_else_is_right(pairing, given):
    with pytest.raises(WrongCode):
        use(pairing, given, "peer")


def test_while_there_is_no_code_none_is_right_not_even_none(clock):
    pairing = Pairing(clock)
    with pytest.raises(WrongCode):
        use(pairing, "", "peer")


def guess(pairing, peer: str) -> bool:
    """Whether a wrong code was looked at."""
    try:
        use(pairing, wrong_for(pairing), peer)
    except WrongCode:
        return True
    except TooManyTries:
        return False
    raise AssertionError("it was right")


def test_guessing_takes_the_code_from_nobody(pairing, clock):
    code = code_of(pairing)
    for _ in range(100):
        guess(pairing, "guesser")
    assert code_of(pairing) == code
    use(pairing, code, "the owner's phone")


def test_an_expired_code_stays_dead_however_many_wrong_ones_come(pairing, clock):
    clock.now += CODE_SECONDS
    for _ in range(10 * TRIES):
        guess(pairing, "guesser")
        clock.now += TURN_SECONDS
    assert pairing.current() == (None, 0)


def test_who_was_wrong_too_often_waits_for_a_turn_that_all_share(pairing, clock):
    for peer in ("one", "two"):
        assert [guess(pairing, peer) for _ in range(TRIES)] == [True] * TRIES
    assert [guess(pairing, peer) for peer in ("one", "two", "one")] == [True, False, False]
    clock.now += TURN_SECONDS
    assert [guess(pairing, peer) for peer in ("two", "one")] == [True, False]
    clock.now += TURN_SECONDS
    use(pairing, code_of(pairing), "one")  # a clumsy owner gets in, too
    clock.now += FORGIVEN_SECONDS
    assert [guess(pairing, "two") for _ in range(TRIES)] == [True] * TRIES


@pytest.mark.slow
def test_in_the_life_of_a_code_hardly_any_can_be_tried(pairing, clock):
    """Of a hundred million, by more addresses than are counted, that never rest: below one in ten thousand."""
    heard, began = 0, clock.now
    while clock.now < began + CODE_SECONDS:
        heard += sum(guess(pairing, f"10.0.{number // 256}.{number % 256}") for number in range(300))
        clock.now += TURN_SECONDS / 2
    assert heard / 10**DIGITS < 1e-4
    assert heard < 1600


def test_who_is_right_in_the_end_is_forgiven(pairing):
    for _ in range(3):
        for _ in range(TRIES - 1):
            with pytest.raises(WrongCode):
                use(pairing, wrong_for(pairing), "clumsy")
        use(pairing, code_of(pairing), "clumsy")
        pairing.renew()


def test_a_crowd_of_addresses_is_not_counted_without_end(pairing):
    for number in range(256):
        with pytest.raises(WrongCode):
            use(pairing, wrong_for(pairing), f"10.0.0.{number}")
    assert guess(pairing, "10.0.1.1"), "the first turn"
    assert not guess(pairing, "10.0.1.2")
    assert len(pairing._peers) == 256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.store.vault import Key, SealBrokenError, Vault

VAULT = Vault(bytes(range(32)))


@given(st.binary(max_size=2000), st.text(max_size=20))
def test_what_was_sealed_is_read_again_with_the_same_key_and_purpose(plain: bytes, purpose: str) -> None:
    assert VAULT.own.open(purpose, VAULT.own.seal(purpose, plain)) == plain


def test_a_sealed_value_shows_nothing_and_never_repeats() -> None:
    sealed = [VAULT.own.seal("identity", "김복순".encode()) for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert "김복순".encode() not in sealed[0]


@pytest.mark.parametrize("place", [0, 5, 13, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    sealed = bytearray(VAULT.own.seal("identity", b"Kim Bok-sun"))
    sealed[place] ^= 1
    with pytest.raises(SealBrokenError):
        VAULT.own.open("identity", bytes(sealed))


def test_a_value_sealed_for_one_purpose_does_not_open_for_another() -> None:
    sealed = VAULT.own.seal("identity", b"Kim Bok-sun")
    with pytest.raises(SealBrokenError):
        VAULT.own.open("raw", sealed)


def test_a_persons_key_opens_only_under_the_master_key_and_the_person_it_was_made_for() -> None:
    key, sealed = VAULT.new_key("P1")
    letter = key.seal("identity", b"Kim Bok-sun")
    assert VAULT.key("P1", sealed).open("identity", letter) == b"Kim Bok-sun"
    with pytest.raises(SealBrokenError):
        VAULT.key("P2", sealed)
    with pytest.raises(SealBrokenError):
        Vault(bytes(32)).key("P1", sealed)


def test_an_erased_person_is_unreadable_for_good() -> None:
    with pytest.raises(SealBrokenError):
        VAULT.key("P1", None)


def test_nothing_sealed_too_short_to_be_a_seal_is_opened() -> None:
    for length in range(14):
        with pytest.raises(SealBrokenError):
            Key(bytes(32)).open("identity", bytes(length))


def test_digests_differ_by_purpose_and_by_master_key() -> None:
    assert VAULT.digest("phone", "01012345678") == VAULT.digest("phone", b"01012345678")
    assert VAULT.digest("phone", "01012345678") != VAULT.digest("name", "01012345678")
    assert VAULT.digest("phone", "01012345678") != Vault(bytes(32)).digest("phone", "01012345678")


@given(st.lists(st.text(max_size=8), min_size=1, max_size=3))
def test_the_same_notice_gets_the_same_id_and_it_can_be_read_aloud(parts: list[str]) -> None:
    code = VAULT.short_id("case", *parts)
    assert code == VAULT.short_id("case", *parts)
    assert len(code) == 10
    assert not set(code) & set("ILOU")


def test_ids_of_many_notices_do_not_meet() -> None:
    assert len({VAULT.short_id("case", "gm-hospital", str(number)) for number in range(20_000)}) == 20_000


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")

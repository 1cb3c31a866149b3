"""Encryption of personal data: a key for each person, sealed with the master key, and keyed digests for look-ups.

The master key is kept outside the database. The database alone shows only ciphertext and digests. Erasing
`persons.key_sealed` makes all that was sealed with that key unreadable for ever, even where rows stay.
"""

from collections.abc import Callable
from functools import lru_cache
from itertools import product
from os import urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D: 96 bits, random; far below 2^32 seals per key
_FORM = b"\x01"  # first byte of every sealed value: a format version
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no letters that are easily confused
_PAIRS = tuple(second + first for first, second in product(_LETTERS, repeat=2))


class SealBrokenError(Exception):
    """A sealed value cannot be opened: wrong key or purpose, changed bytes, or an erased person."""


class Key:
    """A key ready to use. It seals bytes for a purpose; only the same key and purpose open them."""

    __slots__ = ("_cipher",)

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(secret)

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Encrypt and authenticate `plain` (AES-256-GCM, random nonce); `purpose` is bound to it as associated data."""
        nonce = urandom(_NONCE_BYTES)
        return _FORM + nonce + self._cipher.encrypt(nonce, plain, _FORM + purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt a value that was sealed for this purpose.

        Raises:
            SealBrokenError: wrong key or purpose, or changed bytes.
        """
        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, rest, sealed[:1] + purpose.encode())
        except (InvalidTag, ValueError) as broken:
            raise SealBrokenError(f"not sealed by this key for {purpose}") from broken


class Vault:
    """Everything that needs the master key.

    Attributes:
        own: the key for data without a person yet (held notices, early facts, parked records).
    """

    def __init__(self, master_key: bytes) -> None:
        """Args: master_key: 32 bytes.

        Raises:
            ValueError: the key has another length.
        """
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"the master key has {KEY_BYTES} bytes, this has {len(master_key)}")
        self._keys = Key(_derived(master_key, "keys"))
        self.own = Key(_derived(master_key, "own"))
        self._digests: Callable[[str], HMAC] = lru_cache(maxsize=64)(
            lambda purpose: HMAC(_derived(master_key, f"digest:{purpose}"), SHA256())
        )

    def new_key(self, person_id: str) -> tuple[Key, bytes]:
        """Make a new person's key; returns it ready to use, and sealed for `persons.key_sealed`."""
        secret = urandom(KEY_BYTES)
        return Key(secret), self._keys.seal(f"key:{person_id}", secret)

    def key(self, person_id: str | None, key_sealed: bytes | None) -> Key:
        """Open a person's key; for None the vault's own key.

        Raises:
            SealBrokenError: the person was erased, or the key is another person's.
        """
        if person_id is None:
            return self.own
        if key_sealed is None:
            raise SealBrokenError(f"person {person_id} was erased")
        return Key(self._keys.open(f"key:{person_id}", key_sealed))

    def digest(self, purpose: str, content: str | bytes) -> bytes:
        """Keyed hash (HMAC-SHA-256) for look-ups; it depends on the master key and on the purpose."""
        content = content.encode() if isinstance(content, str) else content
        keyed = self._digests(purpose).copy()
        keyed.update(content)
        return keyed.finalize()

    def short_id(self, purpose: str, *parts: str, length: int = 10) -> str:
        """A code of `length` letters and digits, derived from `parts`: equal parts give equal codes.

        Ten letters are 50 bits: among 100,000 codes of one purpose, the chance of any collision is about 1 in 200,000.
        """
        number = int.from_bytes(self.digest(f"id:{purpose}", "\x1f".join(parts)))
        pairs = [_PAIRS[(number >> (10 * place)) & 1023] for place in range((length + 1) // 2)]
        return "".join(pairs)[:length]


def _derived(master_key: bytes, use: str) -> bytes:
    """HKDF (RFC 5869): an independent key for each use."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"handoff:{use}".encode()).derive(master_key)

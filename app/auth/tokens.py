"""Bearer tokens: a prefix that says what it is, 160 random bits, a checksum that catches a broken copy at once.

`pla_` attempt · `plb_` anonymous browser. Only SHA-256 of a token is stored; a resume code is derived, not stored.
"""

import hashlib
import hmac
import secrets
import zlib
from collections.abc import Sequence

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ATTEMPT = "pla"
BROWSER = "plb"
_BODY = 27
_CHECK = 6


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECK)


def mint(prefix: str) -> str:
    """A new token `<prefix>_<27 base62>_<6 base62 CRC32>`."""
    return _seal(prefix, _base62(secrets.randbits(160), _BODY))


def derived(prefix: str, server_secret: bytes, text: str) -> str:
    """The token that belongs to a text, for creations that may be repeated: the same again, and nothing to store."""
    mac = hmac.new(server_secret, f"token:{prefix}:{text}".encode(), hashlib.sha256).digest()
    return _seal(prefix, _base62(int.from_bytes(mac[:20], "big"), _BODY))


def _seal(prefix: str, body: str) -> str:
    return f"{prefix}_{body}_{_checksum(f'{prefix}_{body}')}"


def is_whole(token: str, prefix: str) -> bool:
    """Whether a token is of this kind and complete; says nothing about whether it is valid."""
    if len(token) != len(prefix) + _BODY + _CHECK + 2 or not token.startswith(prefix + "_"):
        return False
    head, _, check = token.rpartition("_")
    return token.isascii() and hmac.compare_digest(check, _checksum(head))


def digest(token: str) -> str:
    """What is stored of a token. Plain SHA-256 is enough for 160 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_id() -> str:
    """An opaque id: 16 base62 characters, 95 bits."""
    return _base62(secrets.randbits(95), 16)


def resume_code(server_secret: bytes, attempt_id: str) -> str:
    """The code with which the owner opens an attempt on another device; derived, so that nothing needs storing."""
    mac = hmac.new(server_secret, f"resume:{attempt_id}".encode(), hashlib.sha256).digest()
    return f"{attempt_id}-{_base62(int.from_bytes(mac[:15], 'big'), 20)}"


def attempt_of_resume_code(server_secrets: Sequence[bytes], code: str) -> str | None:
    """The attempt that a resume code opens, or None when none of these secrets made the code."""
    code = code.strip()
    attempt_id, _, _ = code.rpartition("-")
    if not attempt_id or not code.isascii():
        return None
    opens = any(hmac.compare_digest(resume_code(secret, attempt_id), code) for secret in server_secrets)
    return attempt_id if opens else None

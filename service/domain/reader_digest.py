"""What a reader is called where something is kept of them: a digest that nobody without the service's key can trace."""

from __future__ import annotations

import hashlib


def reader_digest(secret: bytes, purpose: bytes, period: bytes, named: str) -> str:
    """Returns the digest for one purpose and one period (16 bytes each at most): another one of each."""
    key = hashlib.blake2b(secret, digest_size=32, person=purpose).digest()
    return hashlib.blake2b(named.encode(), digest_size=16, key=key, salt=period, person=b"reader").hexdigest()

"""What opens a door is masked before it is written: logs travel further than databases.

Law of the room: pure; a secret is known by its look, whoever wrote it. Rather one harmless word too many is masked
than one secret too few; plain sentences about tokens and passwords stay as they are.
"""

import re
from typing import Final

_SECRETS: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"\b(tlk|whsec)_[\w+/=-]{8,}"), r"\1_***"),
    (re.compile(r"(://[^/\s:@]{1,100}):[^/\s@]{1,200}@"), r"\1:***@"),
    (
        re.compile(r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END|\Z)"),
        "*** PRIVATE KEY ***",
    ),
    (re.compile(r"\$argon2(?:id|i|d)\$[\w$=,+/-]+"), "$argon2$***"),
    # a claim code as it is printed, and as it was typed
    (re.compile(r"(?<![\w-])[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}(?![\w-])"), "***"),
    (
        re.compile(r"""(?i)\b(claim(?:_code)?["']?\s*[=:]\s*["']?)[0-9a-z]{5}[- ]?[0-9a-z]{5}\b"""),
        r"\1***",
    ),
    (re.compile(r"(?i)\b(pin\s+)[0-9]{4,}\b"), r"\1***"),
    (
        re.compile(
            r"""(?ix)\b(password|passphrase|secret|token|authorization|cookie|api_key|pin)
            (["']?\s*[=:]\s*["']?)(?!\*\*\*)[^\s"',;&}]{4,}"""
        ),
        r"\1\2***",
    ),
)


def masked(text: str) -> str:
    """Return the text without what opens a door: tokens, passwords, PINs, claim codes, verifiers, private keys."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text

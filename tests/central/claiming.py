"""An appliance in a process of its own, over the same database: `python -m tests.central.claiming CONFIG CODE`.

It introduces itself, says `ready`, waits for a line, claims, and says its standing and the place it got.
"""

import base64
import os
import sys
from pathlib import Path

from central.config import load_settings
from central.services import open_house
from central.services.enrolment import ask
from contract.enrolment import EnrolmentAsked, commitment_to
from contract.seal import SigningKey


def main(config: str, code: str) -> None:
    """Claim with `code` when told to."""
    house = open_house(load_settings(Path(config)), with_keys=False)
    nonce = base64.b64encode(os.urandom(32)).decode()
    key, commitment = SigningKey.generate().public, commitment_to(nonce)
    first = EnrolmentAsked(device_key=key, commitment=commitment)
    ask(house, first, source=str(os.getpid()), now=house.clock())
    say("ready")
    sys.stdin.readline()
    asked = EnrolmentAsked(device_key=key, commitment=commitment, nonce=nonce, claim=code)
    answer = ask(house, asked, source=str(os.getpid()), now=house.clock())
    say(answer.standing.value, answer.site or "-", answer.claim_error)
    house.close()


def say(*words: str) -> None:
    """Say one line to the parent."""
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

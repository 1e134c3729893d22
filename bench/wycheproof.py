"""The public Wycheproof vectors for Ed25519, held against our seal: each verdict is as it ought to be.

The file is not part of this project. It is `testvectors_v1/ed25519_test.json` of the repository C2SP/wycheproof:

    git clone --depth 1 https://github.com/C2SP/wycheproof
    make wycheproof VECTORS=wycheproof/testvectors_v1/ed25519_test.json

What its classes check is checked by our own vectors in every test run (`tests/contract/test_ed25519.py`).
"""

import base64
import json
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from contract import seal  # noqa: E402

HOW = (__doc__ or "").partition("\n\n")[2]


def verdicts(file: Path) -> tuple[Counter[str], list[str]]:
    """Return how many vectors of each class were judged rightly, and what each wrong one is."""
    right: Counter[str] = Counter()
    wrong: list[str] = []
    for group in json.loads(file.read_text(encoding="utf-8"))["testGroups"]:
        public = base64.b64encode(bytes.fromhex(group["publicKey"]["pk"])).decode()
        for vector in group["tests"]:
            message, signature = bytes.fromhex(vector["msg"]), bytes.fromhex(vector["sig"])
            taken = seal.verify_raw(public, message, signature)
            if taken == (vector["result"] == "valid"):
                right.update([vector["result"], *vector["flags"]])
            else:
                word = "taken" if taken else "refused"
                wrong.append(f"{vector['tcId']} {vector['flags']} {vector['comment']!r}: {word}")
    return right, wrong


def main() -> None:
    """Judge the file named on the command line."""
    file = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    if file is None or not file.is_file():
        raise SystemExit(f"name the file of vectors; it is fetched like this.\n\n{HOW}")
    right, wrong = verdicts(file)
    for name, count in sorted(right.items()):
        print(f"{count:5} {name}")
    if not right or wrong:
        raise SystemExit("\n".join(["judged wrongly:", *wrong]))
    print(f"{right['valid'] + right['invalid']} vectors, each judged as it ought to be")


if __name__ == "__main__":
    main()

"""The real server, which also says `commit NANOSECONDS` (monotonic) when it had committed something to be pushed.

python bench/parts/fanout_server.py serve|push CONFIG
"""

import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from central.app import Central, PushOnly  # noqa: E402
from central.config import load_settings  # noqa: E402
from central.server import serve  # noqa: E402
from central.services import open_house  # noqa: E402


def main() -> int:
    """Serve until stopped."""
    verb, config = sys.argv[1:3]
    settings = load_settings(Path(config))
    house = open_house(settings, with_keys=verb == "serve")
    house.on_post(lambda: os.write(1, b"commit %d\n" % time.monotonic_ns()) and None)
    try:
        return serve(settings, Central(house) if verb == "serve" else PushOnly(house))
    finally:
        house.close()


if __name__ == "__main__":
    sys.exit(main())

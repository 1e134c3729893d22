"""Makes tests/render/golden.json; run it only when a changed pixel is a decision.

python -m tests.render.make_golden
"""

import json

from render.faces import Fonts
from tests.render.test_boards import VECTORS, golden

if __name__ == "__main__":
    text = json.dumps(golden(Fonts()), indent=1, ensure_ascii=False)
    VECTORS.write_text(f"{text}\n", encoding="utf-8")

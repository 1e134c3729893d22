"""Fonts are opened once for all the renderer's tests."""

import pytest

from render.faces import Fonts


@pytest.fixture(scope="session")
def fonts() -> Fonts:
    """Return the fonts of the boards."""
    return Fonts()

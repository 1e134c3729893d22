"""The picture of a sound: its peaks drawn as SVG.

Law of the room: pure drawing; what cannot be read is an empty picture, never an error page.
"""

_HEIGHT = 100


def picture(found: bytes) -> str:
    """Return the SVG of these peaks: mirrored columns, stretched to whatever box it is put in."""
    columns = "".join(
        f"M{x} {_HEIGHT / 2 - half:.1f}v{2 * half:.1f}"
        for x, value in enumerate(found)
        if (half := max(0.8, value * (_HEIGHT - 4) / 510)) > 0
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 0 {max(1, len(found)) + 1} {_HEIGHT}" '
        f'preserveAspectRatio="none"><path d="{columns}" stroke="#2f9184" stroke-width="0.72"/></svg>'
    )

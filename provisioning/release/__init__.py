"""Releases at the builder: a system is cut, described, signed and handed out; and an image is signed and judged."""

"""Somebody at the foot of the pole who answers by a script."""

from collections.abc import Sequence

from tests.edge.web.shop import PIN


class Scripted:
    """A person who says yes to everything, but for what is set otherwise; `asked` are the questions."""

    def __init__(self, *, pin: str = PIN, **answers: str) -> None:
        """Answer by the option that is there: `answers` name one for a word of the question."""
        self.pin, self.answers, self.asked = pin, answers, list[str]()

    def choose(self, question: str, options: Sequence[tuple[str, str]]) -> str:
        """Take what is set for this question, else the first option that is not a way out."""
        self.asked.append(question)
        keys = [key for key, _ in options]
        for word, key in self.answers.items():
            if word in question and key in keys:
                return key
        return "leave" if "leave" in keys else keys[0]

    def write(self, question: str) -> str:
        """Answer with a line."""
        self.asked.append(question)
        return "10.5" if "tude" in question or "độ" in question else "vì mưa"

    def secret(self, question: str) -> str:
        """Type the PIN."""
        self.asked.append(question)
        return self.pin

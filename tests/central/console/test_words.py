"""The catalogue."""

import re
import string
from pathlib import Path

import central.console
from central.console.english import ENGLISH, SECTIONS
from central.console.words import Words, script_literals, script_words

HERE = Path(central.console.__file__).parent
IN_TEMPLATES = re.compile(r"""\bt\(\s*(?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)')""")
IN_SCRIPTS = re.compile(r"""\bsay\(\s*"((?:[^"\\]|\\.)+)\"""")
IN_PYTHON = re.compile(r"""(?:words|_t)\(\s*((?:"(?:[^"\\]|\\.)+"\s*)+)""")


def said() -> set[str]:
    """Return every sentence that pages, scripts and routes ask the catalogue for."""
    found = set()
    for file in HERE.glob("templates/*.html"):
        found |= {a or b for a, b in IN_TEMPLATES.findall(file.read_text("utf-8"))}
    for file in HERE.glob("static/*.js"):
        found |= set(IN_SCRIPTS.findall(file.read_text("utf-8")))
    for file in HERE.rglob("*.py"):
        if file.parent.name != "english":
            for run in IN_PYTHON.findall(file.read_text("utf-8")):
                found.add("".join(re.findall(r'"((?:[^"\\]|\\.)+)"', run)))
    return found


def test_every_sentence_has_english() -> None:
    """Whatever a page may say in Vietnamese it can say in English."""
    assert sorted(said() - ENGLISH.keys()) == []


def test_english_keeps_the_parts() -> None:
    """A translation fills in exactly the parts of its sentence, or fewer, never others."""
    for vietnamese, text in ENGLISH.items():
        parts = {name for _, name, _, _ in string.Formatter().parse(vietnamese) if name}
        wanted = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert wanted <= parts, vietnamese


def test_no_sentence_is_translated_twice() -> None:
    """Each sentence stands in one section of the catalogue."""
    listed = sum(len(section) for section in SECTIONS)
    assert listed == len(ENGLISH)


def test_vietnamese_is_the_source() -> None:
    """Vietnamese is shown as written; English is looked up, and a sentence without it stays as it is."""
    assert Words("vi")("{n} cụm loa", n=3) == "3 cụm loa"
    assert Words("en")("{n} cụm loa", n=3) == "3 clusters"
    assert Words("en")("Câu chưa dịch.") == "Câu chưa dịch."


def test_scripts_get_only_what_they_may_say() -> None:
    """A page carries no words for scripts in Vietnamese, and in English those of the scripts alone."""
    assert script_words("vi") == {}
    assert set(script_words("en")) == script_literals() & ENGLISH.keys()
    assert "Đã chép" in script_words("en")


def test_nothing_is_inline_or_foreign() -> None:
    """No template holds a script, a style or an address of somebody else: the policy would refuse it."""
    for file in HERE.glob("templates/*.html"):
        text = file.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), file.name
        assert not re.search(r"<script(?![^>]*\bsrc=\"/console/static/)", text), file.name
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), file.name

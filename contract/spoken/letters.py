"""Letters by their names, and whether a token can be said as one Vietnamese syllable.

Law of the room: the names are those taught at school; the syllable check knows spelling, not meaning.
"""

import re
import unicodedata
from typing import Final

NAMES: Final = {
    "A": "a", "Ă": "á", "Â": "ớ", "B": "bê", "C": "xê", "D": "dê", "Đ": "đê", "E": "e", "Ê": "ê",
    "F": "ép", "G": "giê", "H": "hát", "I": "i", "J": "gi", "K": "ca", "L": "e lờ", "M": "em mờ",
    "N": "en nờ", "O": "o", "Ô": "ô", "Ơ": "ơ", "P": "pê", "Q": "quy", "R": "e rờ", "S": "ét sì",
    "T": "tê", "U": "u", "Ư": "ư", "V": "vê", "W": "vê kép", "X": "ích xì", "Y": "i dài", "Z": "dét",
}  # fmt: skip
LONGEST_SPELT: Final = 12

_TONES: Final = frozenset("\u0300\u0301\u0303\u0309\u0323")
_HARD_TONES: Final = frozenset("\u0301\u0323")  # a syllable on c, ch, p, t carries sắc or nặng
_RHYMES: Final = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên êng ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
o oc oi om on ong oong op ot oa oac oach oai oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet
ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uc ui um un ung up ut uân uâng uât uây uê uêch uênh
uôc uôi uôm uôn uông uôt uơ uy uya uych uyên uyêt uynh uyt uyu
ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y ych ynh yt yêm yên yêng yêt yêu
"""
_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdđghklmnrstvx])?(?:"
    + "|".join(sorted(_RHYMES.split(), key=len, reverse=True))
    + ")"
)


def name_of(letter: str) -> str:
    """Return the name of one letter; a letter of another script stands for itself."""
    return NAMES.get(letter.upper(), lowered(letter))


def spelt(token: str) -> str:
    """Return the names of a token's letters."""
    return " ".join(name_of(letter) for letter in token)


def lowered(token: str) -> str:
    """Return a token in small letters, all in one piece (a Turkish İ would leave a mark behind)."""
    return token.lower().replace("\u0307", "")


def in_capitals(token: str) -> bool:
    """Return whether a token holds capitals and no small letter."""
    return token == token.upper() and token != lowered(token)


def has_vowel(token: str) -> bool:
    """Return whether a vowel stands in the token, whatever marks it carries."""
    return any(letter in "aeiouy" for letter in unicodedata.normalize("NFD", token.lower()))


def is_syllable(token: str) -> bool:
    """Return whether a token is spelt as a Vietnamese syllable, tone included."""
    if len(token) > 7:
        return False
    apart = unicodedata.normalize("NFD", token.lower())
    tones = [mark for mark in apart if mark in _TONES]
    bare = unicodedata.normalize("NFC", "".join(c for c in apart if c not in _TONES))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(bare):
        return False
    return not bare.endswith(("c", "ch", "p", "t")) or bool(_HARD_TONES & set(tones))

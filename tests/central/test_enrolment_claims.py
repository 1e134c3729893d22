"""Claim codes: good once, for a while, for one place, and not to be guessed (refusal 56 of the refuse-list)."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from central.db.sites import SiteRow
from central.domain.errors import Conflict, Unacceptable
from central.domain.sites import ClaimPhase, SitePhase
from central.services.sites import preauthorise, site_named, unmatch
from contract.enrolment import ALPHABET, EnrolmentAnswered, Standing
from tests.central.enrolling import SECOND, SITE, Crew, Newcomer
from tests.central.warm import ROOT


def wrong(code: str, number: int = 0, *, at: int = -1) -> str:
    """Return the code with one character changed, each time another."""
    letters = list(code)
    letters[at] = ALPHABET[(ALPHABET.index(letters[at]) + 1 + number) % len(ALPHABET)]
    return "".join(letters)


def matched(answer: EnrolmentAnswered, site: str = SITE) -> bool:
    """Return whether the appliance was matched to the place, without a word of reproach."""
    return (answer.standing, answer.site, answer.claim_error) == (Standing.MATCHED, site, "")


def refused(answer: EnrolmentAnswered, *words: str) -> bool:
    """Return whether nothing was matched and the reason has these words."""
    held = answer.standing is Standing.WAITING and answer.site is None
    return held and all(word in answer.claim_error for word in words)


@pytest.mark.refusal_twin(56)
@pytest.mark.parametrize("spelled", [str, str.lower, lambda c: c.replace("-", " ")])
def test_a_fresh_code_matches_its_place(crew: Crew, spelled: type[str]) -> None:
    """A code typed as printed, in small letters or with a gap finds its place; the digits are still compared."""
    newcomer = Newcomer(crew.province)
    assert matched(newcomer.introduce(spelled(crew.code().code)))
    crew.sign(SITE, newcomer.shown())
    assert newcomer.ask().standing is Standing.ASSIGNED


@pytest.mark.refusal(56)
def test_a_wrong_code_is_refused_in_words(crew: Crew) -> None:
    """One wrong character: refused, and the right code still works, typed at once."""
    code, newcomer = crew.code().code, Newcomer(crew.province)
    assert refused(newcomer.introduce(wrong(code)), "không đúng")
    assert refused(newcomer.ask("ABC"), "10 ký tự")
    assert matched(newcomer.ask(code))


@pytest.mark.refusal(56)
def test_a_reused_code_is_refused_in_words(crew: Crew) -> None:
    """Who comes second with the same code hears that it was used; the first keeps its place, also when it repeats."""
    code = crew.code().code
    first, second = Newcomer(crew.province), Newcomer(crew.province)
    assert matched(first.introduce(code))
    assert matched(first.ask(code))
    assert refused(second.introduce(code), "đã được dùng")
    crew.sign(SITE, first.shown())
    assert refused(second.ask(code), "đã được dùng")
    crew.retire(first.device)
    assert refused(second.ask(code), "đã được dùng")
    assert matched(second.ask(crew.code().code))


@pytest.mark.refusal(56)
def test_an_expired_code_is_refused_in_words(crew: Crew) -> None:
    """At the end of its life a code is dead; a moment before it is not."""
    code, early, late = crew.code(hours=24).code, Newcomer(crew.province), Newcomer(crew.province)
    late.introduce()
    crew.province.clock.pass_by(timedelta(hours=24))
    assert refused(late.ask(code), "hết hạn")
    crew.province.clock.pass_by(timedelta(seconds=-1))
    assert matched(early.introduce(code))


@pytest.mark.refusal(56)
def test_the_sixth_guess_is_refused_even_when_it_is_right(crew: Crew) -> None:
    """After five wrong guesses the code is dead for everybody and the appliance rests; a new code works after it."""
    code, newcomer = crew.code().code, Newcomer(crew.province)
    newcomer.introduce()
    for number in range(5):
        assert refused(newcomer.ask(wrong(code, number)), "không đúng")
    assert refused(newcomer.ask(code), "5 lần")
    assert refused(Newcomer(crew.province).introduce(code), "5 lần", "xin mã mới")
    fresh = crew.code().code
    assert refused(newcomer.ask(fresh), "5 lần", "15 phút")
    crew.province.clock.pass_by(timedelta(minutes=15, seconds=1))
    assert matched(newcomer.ask(fresh))


@pytest.mark.refusal_twin(56)
def test_the_fifth_guess_may_be_right(crew: Crew) -> None:
    """Four wrong guesses leave a fifth; being right gives the tries back."""
    code, newcomer = crew.code().code, Newcomer(crew.province)
    newcomer.introduce()
    for number in range(4):
        newcomer.ask(wrong(code, number))
    assert matched(newcomer.ask(code))


@pytest.mark.refusal(56)
def test_guesses_of_many_appliances_kill_a_code_too(crew: Crew) -> None:
    """Five appliances with one wrong guess each at a code known but for its end: it is dead."""
    code = crew.code().code
    for number in range(5):
        Newcomer(crew.province).introduce(wrong(code, number))
    assert refused(Newcomer(crew.province).introduce(code), "5 lần")
    with crew.province.house.reading() as unit:
        assert site_named(unit, SITE, now=crew.province.now).claim is ClaimPhase.DEAD


def test_a_guesser_burns_no_code_whose_first_half_he_has_not_seen(crew: Crew) -> None:
    """Guesses that miss the first half leave the code alive, and tell nothing that others do not hear."""
    code, answers = crew.code().code, set()
    for number in range(8):
        answers.add(Newcomer(crew.province).introduce(wrong(code, number, at=2)).claim_error)
    answers.add(Newcomer(crew.province).introduce(wrong(code)).claim_error)
    assert len(answers) == 1
    assert matched(Newcomer(crew.province).introduce(code))


@pytest.mark.refusal(56)
def test_a_code_of_another_place_is_refused_in_words(crew: Crew) -> None:
    """An appliance that was scanned for one place is not moved by the code of another; the code stays good."""
    newcomer, other = Newcomer(crew.province), Newcomer(crew.province)
    crew.scan(newcomer)
    code = crew.code(SECOND).code
    answer = newcomer.introduce(code)
    assert (answer.site, answer.standing) == (SITE, Standing.MATCHED)
    assert "vị trí khác" in answer.claim_error
    assert matched(other.introduce(code), SECOND)


@pytest.mark.refusal(56)
def test_of_two_who_claim_at_once_exactly_one_wins(crew: Crew) -> None:
    """Eight threads with one code: one is matched, seven hear that it was used."""
    code = crew.code().code
    crowd = [Newcomer(crew.province, source=f"10.0.0.{n}") for n in range(8)]
    for newcomer in crowd:
        newcomer.introduce()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: n.ask(code), crowd))
    assert sum(matched(answer) for answer in answers) == 1
    assert sum(refused(answer, "đã được dùng") for answer in answers) == 7


@pytest.mark.refusal(56)
def test_of_two_processes_that_claim_at_once_exactly_one_wins(crew: Crew) -> None:
    """Three servers over one database, one code: exactly one of them matches its appliance."""
    crew.province.clock.now = datetime.now(UTC)  # processes have the machine's own clock
    code = crew.code().code
    command = [sys.executable, "-m", "tests.central.claiming"]
    command += [str(crew.province.folder / "central.toml"), code]
    processes = [
        subprocess.Popen(
            command, text=True, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].split(maxsplit=2) for process in processes]
    assert sorted(words[:2] for words in said) == [
        ["matched", SITE],
        ["waiting", "-"],
        ["waiting", "-"],
    ]


@pytest.mark.refusal(56)
def test_nobody_may_guess_fast(crew: Crew) -> None:
    """From one address 20 wrong codes a minute, from all together 60: then also a right one waits a minute."""
    code = crew.code().code
    for number in range(60):
        guesser = Newcomer(crew.province, source=f"10.0.{number // 15}.9")
        assert refused(guesser.introduce(f"ZZZZZ{number:05d}"), "không đúng")
    honest = Newcomer(crew.province, source="10.9.9.9")
    assert refused(honest.introduce(code), "một phút")
    crew.province.clock.pass_by(timedelta(minutes=1))
    assert matched(honest.ask(code))


def test_one_address_does_not_shut_out_others(crew: Crew) -> None:
    """After 20 wrong codes an address waits; from another one the right code is taken at once."""
    code = crew.code().code
    for number in range(20):
        Newcomer(crew.province).introduce(f"ZZZZZ{number:05d}")
    assert refused(Newcomer(crew.province).introduce(code), "một phút")
    assert matched(Newcomer(crew.province, source="10.9.9.9").introduce(code))


def test_the_same_wrong_code_is_counted_once(crew: Crew) -> None:
    """An appliance that repeats its question every two seconds loses one try by one mistake."""
    code, newcomer = crew.code().code, Newcomer(crew.province)
    newcomer.introduce()
    for _ in range(12):
        assert refused(newcomer.ask(wrong(code)), "không đúng")
    assert matched(newcomer.ask(code))


def test_a_code_is_kept_as_keyed_hashes_only(crew: Crew) -> None:
    """Neither the code nor a half of it stands in the database."""
    code = crew.code().code
    with crew.province.house.reading() as unit:
        row = unit.session.scalars(select(SiteRow).where(SiteRow.id == SITE)).one()
        kept = repr([getattr(row, column.key) for column in SiteRow.__table__.columns])
    assert code[:5] not in kept
    assert code.replace("-", "") not in kept
    files = b"".join(f.read_bytes() for f in crew.province.folder.glob("central.db*"))
    assert code[:5].encode() not in files


def test_a_new_code_ends_the_old_one(crew: Crew) -> None:
    """Asked for anew, only the new code counts."""
    old, new = crew.code().code, crew.code().code
    newcomer = Newcomer(crew.province)
    assert refused(newcomer.introduce(old), "không đúng")
    assert matched(newcomer.ask(new))


@pytest.mark.parametrize("hours", [23, 73])
def test_a_code_lives_a_day_to_three(crew: Crew, hours: int) -> None:
    """Shorter or longer lives are refused; the bounds themselves are not."""
    with pytest.raises(Unacceptable, match="24 đến 72"):
        crew.code(hours=hours)
    assert crew.code(hours=24 if hours < 24 else 72).expires > crew.province.now


def test_undoing_a_match_ends_its_code(crew: Crew) -> None:
    """A code that is out dies with the match; nobody comes in by it later."""
    code = crew.code().code
    scanned, later = Newcomer(crew.province), Newcomer(crew.province)
    with crew.province.house.writing() as unit:
        preauthorise(unit, SITE, scanned.qr, who=crew.fitter, now=crew.province.now)
    with pytest.raises(Conflict, match="gỡ ghép"):
        crew.code()
    with crew.province.house.writing() as unit:
        state = unmatch(unit, SITE, who=crew.fitter, now=crew.province.now)
    assert (state.phase, state.claim) == (SitePhase.PLANNED, ClaimPhase.NONE)
    assert refused(later.introduce(code), "không đúng")

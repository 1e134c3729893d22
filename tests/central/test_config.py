"""Settings are read strictly and refused as a whole."""

from datetime import timedelta
from pathlib import Path

import pytest

from central.config import load_settings
from contract.settings import BadSettings
from contract.testing import Authority
from tests.central.serving import run_cli
from tests.central.setting import real_now, write_site


def test_a_good_file_gives_absolute_paths_and_masks_secrets(
    tmp_path: Path, authority: Authority
) -> None:
    """Relative paths are relative to the file, and the shown line holds no secret."""
    settings = load_settings(write_site(tmp_path, authority, database="sqlite:///central.db"))
    assert settings.data_dir == tmp_path / "data"
    assert settings.database == f"sqlite:///{tmp_path}/central.db"
    assert "own secret" not in settings.shown()


def test_all_faults_are_told_at_once_with_the_nearest_key(
    tmp_path: Path, authority: Authority
) -> None:
    """A mistyped key and a missing file are both named in one refusal."""
    path = write_site(tmp_path, authority, repositry="x")
    (tmp_path / "command.pem").unlink()
    with pytest.raises(BadSettings) as caught:
        load_settings(path)
    assert "repositry" in str(caught.value)
    path = write_site(tmp_path, authority, repository="nowhere", schedule_key="gone.pem")
    with pytest.raises(BadSettings) as caught:
        load_settings(path)
    assert len(caught.value.faults) == 2


def test_a_start_without_the_time_key_says_how_to_make_one(
    tmp_path: Path, authority: Authority
) -> None:
    """Settings from before signed time stop the start with one sentence; with the key it goes on."""
    path = write_site(tmp_path, authority)
    load_settings(path)
    lines = [line for line in path.read_text("utf-8").splitlines() if "time_key" not in line]
    path.write_text("\n".join(lines), "utf-8")
    done = run_cli("serve", "--config", str(path))
    assert done.returncode == 1
    assert "missing key 'time_key': appliances without a clock" in done.stderr
    assert "openssl genpkey" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_that_others_can_read_is_refused(tmp_path: Path, authority: Authority) -> None:
    """An online key with loose permissions stops the start and says how to mend it."""
    path = write_site(tmp_path, authority)
    (tmp_path / "schedule.pem").chmod(0o644)
    with pytest.raises(BadSettings, match="chmod 600"):
        load_settings(path)


def test_a_database_password_is_not_shown(tmp_path: Path, authority: Authority) -> None:
    """The address of the database is shown without its password."""
    path = write_site(tmp_path, authority, database="postgresql+psycopg://tl:geheim@db/tl")
    assert "geheim" not in load_settings(path).shown()


def test_the_command_line_says_what_is_wrong_and_ends_with_one(tmp_path: Path) -> None:
    """A missing settings file is named on standard error."""
    done = run_cli("serve", "--config", str(tmp_path / "none.toml"))
    assert done.returncode == 1
    assert "none.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_shows_an_example_of_the_settings() -> None:
    """Whoever asks for help sees every verb and a whole settings file."""
    done = run_cli("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("serve", "push", "migrate", "repository ="))


def test_settings_from_before_the_chain_say_what_took_the_keyrings_place(
    tmp_path: Path, authority: Authority
) -> None:
    """An old file names the keyring and no repository: both are told, with what to run; the new one is read."""
    path = write_site(tmp_path, authority)
    load_settings(path)
    text = path.read_text("utf-8").replace('repository = "trust"', 'keyring = "keyring.json"')
    path.write_text(text.replace('snapshot_key = "snapshot.pem"\n', ""), "utf-8")
    with pytest.raises(BadSettings) as caught:
        load_settings(path)
    told = str(caught.value)
    assert "it was replaced by repository" in told
    assert "tienglang-provision trust publish CEREMONY --to FOLDER" in told
    assert "missing key 'snapshot_key': central signs the chain's snapshot" in told


def test_a_folder_without_a_chain_is_named_with_the_command(
    tmp_path: Path, authority: Authority
) -> None:
    """An empty folder is no repository; the one that a ceremony was published to is."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadSettings, match="there is no chain of trust in"):
        load_settings(write_site(tmp_path, authority, repository="empty"))
    assert load_settings(write_site(tmp_path, authority)).repository == tmp_path / "trust"


def test_a_chain_that_has_run_out_stops_serve_and_not_the_other_verbs(tmp_path: Path) -> None:
    """`serve` ends with one sentence and the command; `migrate` does its work on the same site."""
    old = Authority.make("dt", now=real_now() - timedelta(days=400), seed="old")
    path = write_site(tmp_path, old)
    done = run_cli("serve", "--config", str(path))
    assert done.returncode == 1
    assert "ran out on" in done.stderr
    assert "tienglang-provision trust rotate" in done.stderr
    assert "Traceback" not in done.stderr
    assert run_cli("migrate", "--config", str(path)).returncode == 0

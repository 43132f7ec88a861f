"""The centre's key: what it signs goes on when it changes, and a key that is damaged, open or former signs nothing that counts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import Settings

from citysquare.platform import audit
from citysquare.platform.audit import heads
from citysquare.proof.errors import BadKey
from citysquare.proof.private_files import replace_private
from tests.factories import NOW
from tests.platform.signed_log import folder, kinds, look, put_heads, sign_anew, two_heads

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def place(tmp_path: Path, settings: Settings) -> Path:
    path = tmp_path / "elsewhere"
    path.mkdir()
    settings.CITYSQUARE = settings.CITYSQUARE.model_copy(update={"audit_second_place": path})
    return path


@pytest.fixture
def log(place: Path) -> Path:
    return two_heads(place)


def test_heads_go_on_after_a_rotation_of_the_centres_key(log: Path) -> None:
    assert log.is_dir()
    from citysquare.platform.audit import centre

    former, new = centre.rotate(at=NOW + timedelta(seconds=45))
    assert former.kid != new.kid == audit.centre_key().kid
    look(50)
    heads.sign_head(at=LATER)
    assert audit.verify(folder()).ok
    put_heads([one for _place, one in heads.heads_in(folder()) if one is not None])
    keys = json.loads((settings.CITYSQUARE.keys_dir / "centre-keys.json").read_bytes())["keys"]
    assert [bool(key.get("endorsement")) for key in keys] == [False, True]


def test_a_rotation_that_was_killed_has_not_happened(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert log.is_dir()
    from citysquare.platform.audit import centre

    before = audit.centre_keys().encoded()

    def killed(path: Path, data: bytes) -> None:
        if path.name == centre.KEY_FILE:
            raise KeyboardInterrupt
        replace_private(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(centre, "replace_private", killed)
        with pytest.raises(KeyboardInterrupt):
            centre.rotate(at=NOW + timedelta(seconds=45))
    assert audit.centre_keys().encoded() == before
    look(50)
    heads.sign_head(at=LATER)
    assert audit.verify(folder()).ok
    centre.rotate(at=LATER + timedelta(seconds=1))
    assert len(audit.centre_keys()) == 2


def test_a_head_by_a_former_key_after_its_end_is_forged(log: Path) -> None:
    assert log.is_dir()
    from citysquare.platform.audit import centre

    former, _new = centre.rotate(at=NOW + timedelta(seconds=30))
    sign_anew(former)
    assert "head_forged" in kinds()


def test_only_the_owner_may_read_the_keys() -> None:
    look(0)
    heads.sign_head(at=datetime.fromisoformat("2026-05-01T12:00:00+00:00"))
    for name in ("centre.key", "audit-names.key"):
        assert (settings.CITYSQUARE.keys_dir / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("text", "mode", "said"), [("no key", 0o600, "damaged"), (None, 0o640, "may be read by others")])
def test_a_damaged_or_open_key_signs_nothing_and_says_why(text: str | None, mode: int, said: str) -> None:
    look(0)
    audit.centre_key()
    path = settings.CITYSQUARE.keys_dir / "centre.key"
    path.write_text(text if text is not None else path.read_text())
    path.chmod(mode)
    with pytest.raises(BadKey, match=said):
        audit.centre_key()
    assert heads.note_head(at=NOW) == 0
    assert "keys_unreadable" in kinds()

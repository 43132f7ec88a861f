"""Cameras as a file: what is read, what is refused and where, what a preview promises and an import does."""

from __future__ import annotations

import contextlib
import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from citysquare.apps.accounts.models import Organisation
from citysquare.apps.devices import queries
from citysquare.apps.devices.models import Camera, SetupDraft
from citysquare.apps.devices.services import BadCameraFile, Streams, forget_drafts, register
from citysquare.apps.devices.services.tables import COLUMNS, LARGEST_FILE, MOST_LINES, read_lines, safe, write_lines
from citysquare.apps.spaces.models import Space
from citysquare.platform.models import AuditEntry, OutboxEvent
from citysquare.platform.policy import Role
from tests.factories import CameraFactory, OrganisationFactory, SpaceFactory, person, signed_in

SECRET = "s3cret-of-the-bridge"
HEAD = "name;space;address;sub_address;user;password\n"


@pytest.fixture
def city() -> Organisation:
    return OrganisationFactory.create()


@pytest.fixture
def administrator(city: Organisation) -> Client:
    return signed_in(person(city, Role.ADMINISTRATOR))


def preview(client: Client, content: str | bytes, encoding: str = "utf-8") -> str:
    """Upload a file; return the address of its preview."""
    raw = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile("cameras.csv", raw)
    answer = client.post("/cameras/import/", {"file": file, "encoding": encoding})
    assert answer.status_code == 302, answer.context["form"].errors
    return str(answer["Location"])


def rows(client: Client, address: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = client.get(address).context["rows"]
    return found


def confirm(client: Client, address: str) -> None:
    seen = client.get(address).context["seen"]
    assert client.post(address, {"seen": seen}).status_code == 302


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        ("name;space;address\nЮлия;Южний;10.0.0.1/a\n".encode(), "utf-8"),
        ("name,space,address\nЮлия,Южний,10.0.0.1/a\n".encode(), "utf-8"),
        ("\ufeffNAME\tSpace\taddress\r\nЮлия\tЮжний\t10.0.0.1/a\r\n".encode(), "windows-1251"),
        ("name;space;address\nЮлия;Южний;10.0.0.1/a".encode("windows-1251"), "windows-1251"),
        ("name;space;address\nЮлия;Южний;10.0.0.1/a".encode("utf-16"), "utf-8"),
        ('sep=;\nname;space;address;\n\n;;;\n"Юлия";"Южний";10.0.0.1/a;\n'.encode(), "utf-8"),
    ],
)
def test_a_file_is_read_as_spreadsheets_write_it(raw: bytes, encoding: str) -> None:
    (line,) = read_lines(raw, encoding=encoding)
    assert dict(line.cells) == {"name": "Юлия", "space": "Южний", "address": "10.0.0.1/a"}


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "no line"),
        (b"name;space;address\n", "no line"),
        (b"name;space;adress\nx;y;z", "adress"),
        (b"name;space\nx;y", "address"),
        (b"name;name;space;address\nx;y;z;a", "twice"),
        (b"name;space;address\nx;y;z;more", "more cells"),
        (b'name;space;address\nx;"y;z', "quotation mark"),
        ("name;space;address\nЮлия;y;z".encode("windows-1251"), "encoding"),
        (b"name;space;address\nx;y;\0", "no text"),
        (b"name;space;address\nx;y;" + b"z" * 700, "too long"),
        (b"name;space;address\n" + b"x;y;z\n" * (MOST_LINES + 1), "5000 lines"),
        (b"x" * (LARGEST_FILE + 1), "10 MB"),
        (b"\x89PNG\r\n\x1a\n\0\0", "encoding|no text"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(raw: bytes, sentence: str) -> None:
    with pytest.raises(BadCameraFile, match=sentence):
        read_lines(raw)


@given(st.binary(max_size=400), st.sampled_from(["utf-8", "windows-1251", "koi8-u", "no such"]))
def test_any_bytes_are_read_or_refused(raw: bytes, encoding: str) -> None:
    with contextlib.suppress(BadCameraFile):
        assert read_lines(b"name;space;address\n" + raw, encoding=encoding)


@given(
    st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=40).map(str.strip), min_size=3, max_size=3)
)
def test_what_is_written_comes_back_and_never_begins_a_formula(cells: list[str]) -> None:
    raw = write_lines(("name", "space", "address"), [["x" + cells[0], cells[1], "y"]])
    assert read_lines(raw)[0].cells["space"].strip("'") == cells[1].strip("'")
    for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")):
        assert not any(cell[:1] in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20") for cell in row)


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "\uff1d1+1", "\uff20SUM(A1)"])
def test_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert safe(cell) == f"'{cell}"
    assert safe("1" + cell) == "1" + cell


@pytest.mark.django_db
def test_a_preview_writes_nothing_and_an_import_writes_all(city: Organisation, administrator: Client) -> None:
    harbour = SpaceFactory.create(organisation=city, names={"en": "Harbour", "uk": "Ялия"})
    text = (
        HEAD
        + f"Bridge;Ялия;192.168.1.20/main;192.168.1.20/sub;viewer;{SECRET}\n"
        + "Gate;New square;192.168.1.21/main;;;\nMast;New square;192.168.1.22/main;;;\n"
    )
    address = preview(administrator, text)
    page = administrator.get(address)
    assert (Camera.objects.count(), Space.objects.count()) == (0, 1)
    assert page.context["counts"] == {"create": 3, "change": 0, "same": 0, "refuse": 0}
    assert page.context["new_spaces"] == ["New square"]
    assert SECRET not in page.content.decode()
    assert SECRET not in str(list(SetupDraft.objects.values()))
    confirm(administrator, address)
    cameras = {camera.names["en"]: camera for camera in Camera.objects.all()}
    assert queries.streams_of(cameras["Bridge"]) == Streams(
        f"rtsp://viewer:{SECRET}@192.168.1.20/main", f"rtsp://viewer:{SECRET}@192.168.1.20/sub"
    )
    assert cameras["Bridge"].space == harbour
    assert cameras["Gate"].space == cameras["Mast"].space
    assert sorted(camera.order for camera in cameras.values()) == [0, 1, 2]
    assert not SetupDraft.objects.exists()
    assert OutboxEvent.objects.filter(name="devices.cameras_imported").count() == 1
    assert not OutboxEvent.objects.filter(name="devices.camera_changed").exists(), "one event for the whole file"
    log = str(list(AuditEntry.objects.values()))
    assert "import" in log
    assert SECRET not in log


@pytest.mark.django_db
def test_one_wrong_line_and_nothing_is_entered(administrator: Client) -> None:
    text = HEAD + "Good;A;192.168.1.20/main;;;\nBad;A;rtsp://127.0.0.1/main;;;\n"
    address = preview(administrator, text)
    page = administrator.get(address)
    assert page.context["counts"]["refuse"] == 1
    assert 'type="submit">Import' not in page.content.decode()
    first = page.context["rows"][0]
    assert first["number"] == 3, "the wrong line stands first, and is counted as an editor counts"
    administrator.post(address, {"seen": page.context["seen"]})
    assert (Camera.objects.count(), Space.objects.count()) == (0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (";A;192.168.1.20/m;;;", "needs a name"),
        ("B;;192.168.1.20/m;;;", "needs a public space"),
        ("B;A;;;;", "needs an address"),
        ("B;A;http://192.168.1.20/;;;", "http://"),
        ("B;A;rtsp://169.254.169.254/;;;", "no address a camera may have"),
        ("B;A;192.168.1.20/m;rtsp://[::1]/;;", "this machine itself"),
        ("B;A;192.168.1.20/m;;admin;admin", "set one of your own"),
        ("B;A;192.168.1.20/user=..._password=...;;;", "fill them in"),
    ],
)
def test_each_line_says_what_is_wrong_with_it(administrator: Client, line: str, reason: str) -> None:
    (row,) = rows(administrator, preview(administrator, HEAD + line + "\n"))
    assert reason in str(row["reasons"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("45,3;28,8;180;70;40;", ""),
        ("45.3;28.8;180;70;40;6", ""),
        ("45.3;;180;70;40;", "“longitude” is empty"),
        ("45.3;28.8;north;70;40;", "“direction” is no number"),
        ("nan;28.8;180;70;40;", "Latitude"),
        ("45.3;28.8;180;70;99999;", "range"),
    ],
)
def test_a_place_is_whole_and_makes_sense(administrator: Client, cells: str, reason: str) -> None:
    head = "name;space;address;latitude;longitude;direction;angle;range;height\n"
    address = preview(administrator, f"{head}B;A;192.168.1.20/m;{cells}\n")
    (row,) = rows(administrator, address)
    assert (reason in str(row["reasons"])) if reason else not row["reasons"]
    if not reason:
        confirm(administrator, address)
        camera = Camera.objects.get()
        assert (camera.latitude, camera.longitude, camera.azimuth) == (45.3, 28.8, 180.0)


@pytest.mark.django_db
def test_the_same_camera_twice_in_a_file_is_refused(administrator: Client) -> None:
    found = rows(administrator, preview(administrator, HEAD + "A;S;192.168.1.20/m;;;\nB;S;rtsp://u:p-1@192.168.1.20/m;;;\n"))
    assert "Line 2 is the same camera" in str(found)


@pytest.mark.django_db
def test_an_export_comes_back_and_changes_nothing(city: Organisation, administrator: Client) -> None:
    space = SpaceFactory.create(organisation=city)
    camera = CameraFactory.create(organisation=city, space=space, names={"en": "=HYPERLINK(1)", "uk": "Щилия"})
    CameraFactory.create(organisation=city, space=space, main_url=f"rtsp://10.0.0.1/user=a_password={SECRET}_channel=1.sdp", sub_url="")
    CameraFactory.create()
    file = administrator.get("/cameras/cameras.csv")
    text = file.content.decode("utf-8-sig")
    assert SECRET not in text
    assert "secret" not in text
    assert "viewer" not in text
    assert "'=HYPERLINK(1)" in text
    assert text.count("\n") == 3
    assert set(text.splitlines()[0].split(",")) >= set(COLUMNS) - {"name", "user", "password"}
    before = list(Camera.objects.order_by("pk").values())
    address = preview(administrator, file.content)
    assert administrator.get(address).context["counts"] == {"create": 0, "change": 0, "same": 2, "refuse": 0}
    changed = text.replace("Щилия", "Жниля").encode()
    confirm(administrator, preview(administrator, changed))
    camera.refresh_from_db()
    assert camera.names == {"en": "=HYPERLINK(1)", "uk": "Жниля"}
    assert queries.streams_of(camera).main_url.startswith("rtsp://viewer:secret@")
    assert len(before) == Camera.objects.count()


@pytest.mark.django_db
def test_a_password_goes_to_no_other_address_unseen(city: Organisation, administrator: Client) -> None:
    camera = CameraFactory.create(organisation=city)
    head = "id;address;sub_address\n"
    (row,) = rows(administrator, preview(administrator, f"{head}{camera.pk};10.66.66.66/main;\n"))
    assert "user and password again" in str(row["reasons"])
    (row,) = rows(administrator, preview(administrator, f"{head}{camera.pk};{camera.main_url};10.66.66.66/sub\n"))
    assert "user and password again" in str(row["reasons"])


@pytest.mark.django_db
def test_more_cameras_than_a_node_records_are_not_taken_by_whomever(administrator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    CameraFactory.create()  # of another city: the node records for all
    monkeypatch.setattr(register, "MOST_CAMERAS", 2)
    confirm(administrator, preview(administrator, HEAD + "A;S;192.168.1.18/m;;;\nB;S;192.168.1.19/m;;;\n"))
    assert Camera.objects.count() == 1
    form = {"name": "B", "new_space": "H", "address": "192.168.1.20/main"}
    assert administrator.post("/cameras/add/", form).status_code == 302
    refused = administrator.post("/cameras/add/", {**form, "address": "192.168.1.21/main"})
    assert "as many cameras as it can record" in refused.content.decode()
    assert not Space.objects.filter(names__en="S").exists(), "nothing half-written"
    assert Camera.objects.count() == 2


@pytest.mark.django_db
def test_another_citys_camera_is_not_there(administrator: Client) -> None:
    camera = CameraFactory.create()
    (row,) = rows(administrator, preview(administrator, f"id;name;space;address\n{camera.pk};X;Y;10.0.0.1/m\n"))
    assert "no camera with this id" in str(row["reasons"])


@pytest.mark.django_db
def test_what_changed_meanwhile_is_shown_anew(city: Organisation, administrator: Client) -> None:
    address = preview(administrator, HEAD + "A;S;192.168.1.20/m;;;\n")
    seen = administrator.get(address).context["seen"]
    CameraFactory.create(organisation=city, main_url="rtsp://192.168.1.20/m", sub_url="")
    assert administrator.post(address, {"seen": seen})["Location"] == address
    assert Camera.objects.count() == 1


@pytest.mark.django_db
def test_a_preview_belongs_to_its_city_and_ends(administrator: Client) -> None:
    address = preview(administrator, HEAD + "A;S;192.168.1.20/m;;;\n")
    stranger = signed_in(person(OrganisationFactory.create(), Role.ADMINISTRATOR))
    assert stranger.get(address).status_code == 410
    confirm(administrator, address)
    assert administrator.get(address).status_code == 410


@pytest.mark.django_db
def test_a_file_that_nobody_confirmed_is_forgotten_though_nobody_begins_anew(administrator: Client) -> None:
    preview(administrator, HEAD + "A;S;192.168.1.20/m;;;\n")
    begun = SetupDraft.objects.get().created_at
    assert forget_drafts(at=begun + timedelta(minutes=59)) == 0
    assert forget_drafts(at=begun + timedelta(minutes=61)) == 1
    assert not SetupDraft.objects.exists()


@pytest.mark.django_db
def test_the_example_can_be_imported(administrator: Client) -> None:
    example = (
        administrator.get("/cameras/import/cameras-example.csv").content.decode("utf-8-sig").replace("citysquare,,", "citysquare,p-1,")
    )
    assert administrator.get(preview(administrator, example)).context["counts"]["create"] == 2


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_only_administrators_exchange_cameras(city: Organisation, role: Role) -> None:
    client = signed_in(person(city, role))
    for path in ("/cameras/import/", "/cameras/cameras.csv", "/cameras/find/", "/cameras/find/device/"):
        assert client.get(path).status_code == 403


@pytest.mark.django_db
def test_many_lines_are_planned_in_few_questions(city: Organisation, administrator: Client, django_assert_max_num_queries: object) -> None:
    CameraFactory.create(organisation=city)
    text = HEAD + "".join(f"C{n};S;192.168.{n // 250}.{n % 250 + 1}/m;;viewer;pass-{n}-word\n" for n in range(1000))
    address = preview(administrator, text)
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        assert administrator.get(address).context["counts"]["create"] == 1000

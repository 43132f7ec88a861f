"""The ground of maps: the city's own tiles in pieces, a style of its own or ours, and nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from pydantic import ValidationError

from citysquare.config import Config
from citysquare.platform.maps import style
from citysquare.platform.maps.ground import ground, plan_file
from citysquare.platform.maps.tiles import LONGEST_PIECE, PieceOutside, TilesUnusable, read_header, read_piece
from citysquare.platform.policy import Role
from tests.factories import OrganisationFactory, person, signed_in

Change = Callable[..., None]

CITY = {"min_lon_e7": 287_000_000, "min_lat_e7": 451_000_000, "max_lon_e7": 289_000_000, "max_lat_e7": 454_000_000}


def pmtiles(path: Path, *, tile_type: TileType = TileType.MVT) -> Path:
    """A small file of tiles as the reference implementation writes it."""
    with path.open("wb") as file:
        writer: Any = Writer(file)  # type: ignore[no-untyped-call]  # the reference implementation has no types
        for zoom in range(3):
            writer.write_tile(zxy_to_tileid(zoom, 0, 0), b"\x1a\x00" * 40)
        header = {"tile_type": tile_type, "tile_compression": Compression.NONE, "center_zoom": 1, "center_lon_e7": 288_000_000}
        writer.finalize(header | {"center_lat_e7": 452_000_000} | CITY, {"vector_layers": [{"id": "earth", "fields": {}}]})
    return path


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Change:
    """A function that changes the installation's settings."""

    def change(**values: object) -> None:
        wanted = settings.CITYSQUARE.model_copy(update={"data_dir": tmp_path, **values})
        monkeypatch.setattr(settings, "CITYSQUARE", wanted)

    change()
    return change


@pytest.fixture
def client(db: None) -> Client:
    del db
    return signed_in(person(OrganisationFactory.create(), Role.OPERATOR))


def asked(client: Client, wanted: str) -> Any:  # noqa: ANN401 -- the test client's answers have more than HttpResponse's attributes
    return client.get("/map/tiles.pmtiles", headers={"Range": wanted} if wanted else {})


def test_a_file_of_tiles_says_what_it_covers(tmp_path: Path) -> None:
    header = read_header(pmtiles(tmp_path / "city.pmtiles"))
    assert header.bounds == [28.7, 45.1, 28.9, 45.4]
    assert (header.least_zoom, header.most_zoom) == (0, 2)


def test_tiles_are_handed_out_in_the_pieces_asked_for(client: Client, configured: Change, tmp_path: Path) -> None:
    path = pmtiles(tmp_path / "city.pmtiles")
    configured(map_tiles=path)
    answer = asked(client, "bytes=0-126")
    assert answer.status_code == 206
    assert answer.content == path.read_bytes()[:127]
    assert answer["Content-Range"] == f"bytes 0-126/{path.stat().st_size}"
    assert answer["ETag"]
    whole = asked(client, "")
    assert (whole.status_code, whole.content) == (200, path.read_bytes())


@pytest.mark.parametrize("wanted", ["bytes=999999-", "bytes=5-2", "bytes=-5", "bytes=0-1,3-4", "lines=1-2", "bytes=" + "9" * 40 + "-"])
def test_a_piece_that_is_none_is_refused(client: Client, configured: Change, tmp_path: Path, wanted: str) -> None:
    configured(map_tiles=pmtiles(tmp_path / "city.pmtiles"))
    assert asked(client, wanted).status_code == 416


def test_a_large_file_is_never_sent_whole(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(3 * LONGEST_PIECE)
    assert len(read_piece(path, "bytes=10-", size=3 * LONGEST_PIECE).data) == LONGEST_PIECE
    with pytest.raises(PieceOutside):
        read_piece(path, "", size=3 * LONGEST_PIECE)


def test_a_stranger_gets_no_tiles(configured: Change, tmp_path: Path) -> None:
    configured(map_tiles=pmtiles(tmp_path / "city.pmtiles"))
    assert asked(Client(), "bytes=0-1").status_code in {302, 401}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _raw: b"", "not a PMTiles"),
        (lambda raw: b"SQLite format 3" + raw[15:], "not a PMTiles"),
        (lambda raw: raw[:7] + b"\x02" + raw[8:], "version 3"),
        (lambda raw: raw[:-30], "shorter than it says"),
        (lambda raw: raw[:99] + b"\x02" + raw[100:], "pictures"),
        (lambda raw: raw[:102] + b"\xff\xff\xff\x7f" + raw[106:], "no part of the globe"),
    ],
)
def test_a_file_that_cannot_be_a_map_is_named_in_a_sentence(tmp_path: Path, spoil: Callable[[bytes], bytes], words: str) -> None:
    path = pmtiles(tmp_path / "city.pmtiles")
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(TilesUnusable, match=words):
        read_header(path)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_break_the_reader(tmp_path_factory: pytest.TempPathFactory, tail: bytes) -> None:
    path = tmp_path_factory.mktemp("tiles") / "any"
    path.write_bytes(b"PMTiles\x03" + tail)
    try:
        header = read_header(path)
    except TilesUnusable:
        return
    assert -180 <= header.west < header.east <= 180


def test_the_style_draws_the_citys_tiles(client: Client, configured: Change, tmp_path: Path) -> None:
    configured(map_tiles=pmtiles(tmp_path / "city.pmtiles"))
    made = client.get("/map/style.json?theme=dark").json()
    assert made["sources"]["ground"]["tiles"] == ["pmtiles:///map/tiles.pmtiles/{z}/{x}/{y}"]
    assert {layer["source-layer"] for layer in made["layers"] if "source-layer" in layer} >= {"water", "roads", "buildings", "places"}
    assert "glyphs" not in made
    assert "sprite" not in made


def test_without_tiles_the_style_draws_the_plan_and_without_a_plan_a_sheet(client: Client, configured: Change) -> None:
    configured()
    assert [layer["id"] for layer in client.get("/map/style.json").json()["layers"]] == ["sheet"]
    assert client.get("/map/plan.geojson").status_code == 404
    plan_file().parent.mkdir()
    plan_file().write_text(json.dumps({"type": "FeatureCollection", "bbox": [28, 45, 29, 46], "features": []}), encoding="utf-8")
    made = client.get("/map/style.json").json()
    assert made["sources"]["ground"]["data"] == "/map/plan.geojson"
    assert made["center"] == [28.5, 45.5]
    assert client.get("/map/plan.geojson").json()["type"] == "FeatureCollection"


def test_unusable_tiles_leave_the_map_without_them_and_say_why(client: Client, configured: Change, tmp_path: Path) -> None:
    path = tmp_path / "half.pmtiles"
    path.write_bytes(b"PMTiles")
    configured(map_tiles=path)
    assert "not a PMTiles" in ground().trouble
    assert client.get("/map/style.json").status_code == 200
    assert asked(client, "bytes=0-1").status_code == 503


def test_light_and_dark_have_the_same_layers() -> None:
    source = style.plan_source("/map/plan.geojson", attribution="")
    light, dark = (style.style(theme=theme, language="uk", source=source, bounds=None) for theme in ("light", "dark"))
    assert [layer["id"] for layer in light["layers"]] == [layer["id"] for layer in dark["layers"]]
    assert light["layers"][0]["paint"] != dark["layers"][0]["paint"]
    assert "name:uk" in json.dumps(light)


def test_workers_are_our_own_and_a_foreign_style_lets_just_its_origin_in(client: Client, configured: Change) -> None:
    def directives() -> dict[str, str]:
        header = client.get("/map/style.json").headers["Content-Security-Policy"]
        return {part.partition(" ")[0]: part.partition(" ")[2] for part in header.split("; ")}

    assert directives()["worker-src"] == "'self'"
    assert "https:" not in json.dumps(directives())
    configured(map_style_url="https://maps.example:8443/styles/city.json?key=1")
    assert directives()["img-src"] == "'self' data: https://maps.example:8443"
    assert directives()["connect-src"].endswith(" https://maps.example:8443")
    assert "maps.example" not in directives()["script-src"] + directives()["default-src"]
    assert ground().foreign
    configured(map_style_url="/maps/style.json")
    assert "maps" not in directives()["img-src"]


@pytest.mark.parametrize(
    "address",
    [
        "http://maps.example/style.json",
        "//maps.example/x",
        "https://a b/x",
        "https://a;script-src/x",
        "https://u:p@host/x",
        "style",
        "/a;b",
    ],
)
def test_an_address_of_a_style_that_could_open_the_policy_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Config(data_dir=tmp_path, map_style_url=address)

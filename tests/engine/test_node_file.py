"""The node file: what stands in it, and what nobody may read in it."""

from __future__ import annotations

import json
import logging
import stat
from ipaddress import ip_network
from pathlib import Path

import pytest

from citysquare.engine.errors import BadKeyFile, BadNodeFile
from citysquare.engine.footage import StoreLimits
from citysquare.engine.footage.holds import Hold, KeptTrack
from citysquare.engine.local import NodeCamera, NodeFile, read_node_file, write_node_file

SECRET = "s3cret-of-the-bridge"


def node(tmp_path: Path, *cameras: NodeCamera) -> NodeFile:
    return NodeFile(
        store=tmp_path / "store",
        cameras=cameras,
        limits=StoreLimits(space_policy="oldest"),
        holds=(Hold("case-7", "a1", 100, 200, None), Hold("case-8", "a1", 100, 200, 10**9)),
        kept_tracks=(KeptTrack("a1", 5, 6, 7), KeptTrack("b2", 5, 6, 9)),
        volumes=(tmp_path / "second", tmp_path / "third"),
        camera_networks=(ip_network("10.20.0.0/16"), ip_network("fd00:1::/64")),
    )


def camera(name: str = "a1") -> NodeCamera:
    return NodeCamera(name, f"rtsp://viewer:{SECRET}@10.20.0.1/main", f"rtsp://10.20.0.1/user=viewer_password={SECRET}_channel=1")


def test_everything_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "node.json"
    written = node(tmp_path, camera(), NodeCamera("b2", "rtsp://10.20.0.2/main"))
    write_node_file(path, written)
    assert read_node_file(path) == written


def test_no_user_and_no_password_stands_in_the_file_nor_in_what_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "node.json"
    written = node(tmp_path, camera())
    write_node_file(path, written)
    text = path.read_text()
    assert SECRET not in text
    assert "viewer" not in text
    assert SECRET not in repr(written)
    assert json.loads(text)["cameras"][0]["main"] == "rtsp://10.20.0.1/main"
    assert stat.S_IMODE((tmp_path / "keys" / "cameras.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_cameras_without_a_password_need_no_key(tmp_path: Path) -> None:
    path = tmp_path / "node.json"
    write_node_file(path, node(tmp_path, NodeCamera("b2", "rtsp://10.20.0.2/main")))
    assert not (tmp_path / "keys").exists()
    assert read_node_file(path).cameras[0].main == "rtsp://10.20.0.2/main"


def test_a_camera_whose_key_is_lost_is_tried_without_a_password_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "node.json"
    write_node_file(path, node(tmp_path, camera()))
    (tmp_path / "keys" / "cameras.json").unlink()
    with caplog.at_level(logging.ERROR):
        found = read_node_file(path).cameras[0]
    assert (found.main, found.locked) == ("rtsp://10.20.0.1/main", True)
    assert not (tmp_path / "keys" / "cameras.json").exists(), "a reader makes no keys: the lost ones may come back"
    assert "put the key file back" in caplog.text


def test_one_cameras_sealed_address_opens_for_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "node.json"
    write_node_file(path, node(tmp_path, camera("a1"), camera("b2")))
    content = json.loads(path.read_text())
    content["cameras"][0]["sealed"] = content["cameras"][1]["sealed"]
    path.write_text(json.dumps(content))
    first, second = read_node_file(path).cameras
    assert SECRET not in first.main
    assert SECRET in second.main
    assert "damaged" in caplog.text


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "node.json"
    write_node_file(path, node(tmp_path, camera()))
    (tmp_path / "keys" / "cameras.json").chmod(0o640)
    with pytest.raises(BadKeyFile, match="mode must be 0600"):
        read_node_file(path)


def test_a_file_of_an_older_version_with_passwords_in_clear_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "node.json"
    path.write_text(json.dumps({"store": "x", "cameras": [{"id": "a", "main": f"rtsp://me:{SECRET}@10.0.0.1/"}]}))
    found = read_node_file(path)
    assert found.cameras[0].main == f"rtsp://me:{SECRET}@10.0.0.1/"
    assert (found.holds, found.kept_tracks, found.volumes, found.camera_networks) == ((), (), (), ())


@pytest.mark.parametrize(
    "more",
    [
        {"holds": [{"id": "x", "camera": "a", "start": 2, "end": 2}]},
        {"holds": [{"id": "x", "camera": "a", "start": True, "end": 2}]},
        {"holds": [{"id": "x", "camera": "a", "start": 0, "end": 2, "until": 1e99}]},
        {"holds": {"id": "x"}},
        {"kept_tracks": [{"camera": "a", "start": -1, "end": 2, "until": 3}]},
        {"kept_tracks": [{"camera": "a", "start": 0, "end": 2, "until": None}]},
        {"limits": {"space_policy": "newest"}},
        {"limits": {"space_policy": 0.5}},
        {"holds": [{"id": "../x", "camera": "a", "start": 1, "end": 2}]},
        {"volumes": "one"},
        {"volumes": ["v"] * 65},
        {"camera_networks": ["10.0.0.1/8"]},
        {"camera_networks": ["everywhere"]},
        {"cameras": [{"id": "a", "main": "rtsp://10.0.0.1/", "sealed": 7}]},
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, more: dict[str, object]) -> None:
    path = tmp_path / "node.json"
    path.write_text(json.dumps({"store": "x", "cameras": []} | more))
    with pytest.raises(BadNodeFile):
        read_node_file(path)

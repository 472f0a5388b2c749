"""What is in force: every setting, its value as the file would say it, and where it comes from."""

from gateway.config import in_force, load_with_places
from gateway.config.described import settings

MINIMAL = '[node]\nname = "kh/molvt"\nenvironment = "test"\n'


def found(path, environment):
    return {
        f"{each.table}.{each.key}": (each.value, str(each.origin), each.place)
        for each in in_force(load_with_places(path, environment))
    }


def test_every_setting_is_told_with_its_origin(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(MINIMAL + '[passphrase]\nfile = "secret"\n')
    told = found(path, {"GATEWAY_PEER_PORT_LISTEN": "[::1]:7"})
    assert list(told) == [each.name for each in settings().values()]
    assert told["node.name"] == ("kh/molvt", "file", f"{path}:2")
    assert told["peer_port.listen"] == ("[::1]:7", "environment", "GATEWAY_PEER_PORT_LISTEN")
    assert told["log.level"] == ("info", "default", "")
    assert told["node.profiles"] == (["moc-ssw/kh-jp/2019"], "default", "")
    assert told["control.socket"] == (str(tmp_path / "data/control.sock"), "default", "")
    assert told["control.group"] == (None, "default", "")
    assert told["passphrase.file"] == (str(tmp_path / "secret"), "file", f"{path}:5")
    assert told["passphrase.prompt"] == (None, "default", "")


def test_the_way_to_the_passphrase_stands_under_its_own_key(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(MINIMAL)
    assert found(path, {})["passphrase.prompt"] == (True, "default", "")
    said = {"GATEWAY_PASSPHRASE_DESCRIPTOR": "0"}
    assert found(path, said)["passphrase.descriptor"][0] == 0


def test_a_path_that_looks_like_a_variable_is_still_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "GATEWAY_x"
    path.write_text(MINIMAL)
    assert found(path.relative_to(tmp_path), {})["node.name"][1] == "file"

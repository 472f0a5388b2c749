"""A real sshd leads to the socket by its forced command, and to nothing else."""

import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.client import Client

CHECKOUT = Path(__file__).parents[2]
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(
    not (SSHD and shutil.which("ssh") and os.geteuid() == 0), reason="needs sshd, ssh and root"
)


def make_key(path):
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, timeout=20
    )
    return Path(f"{path}.pub").read_text().strip()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def ssh(desk, tmp_path):
    """Return the words of an ssh to an account whose forced command is the relay."""
    make_key(tmp_path / "host")
    public = make_key(tmp_path / "caller")
    relay = [sys.executable, "-m", "gateway", "--config", str(desk.config), "relay"]
    forced = f"PYTHONPATH={CHECKOUT} {shlex.join(relay)}"
    (tmp_path / "authorized_keys").write_text(f'command="{forced}",restrict {public}\n')
    port = free_port()
    (tmp_path / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nPidFile none\n"
        f"AuthorizedKeysFile {tmp_path}/authorized_keys\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin forced-commands-only\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    server = subprocess.Popen([SSHD, "-D", "-f", tmp_path / "sshd_config"], stderr=subprocess.PIPE)
    (tmp_path / "known_hosts").write_text(
        f"[127.0.0.1]:{port} {(tmp_path / 'host.pub').read_text()}"
    )
    words = ["ssh", "-T", "-p", str(port), "-i", str(tmp_path / "caller"), "-F", "none"]
    words += ["-o", f"UserKnownHostsFile={tmp_path}/known_hosts", "-o", "BatchMode=yes"]
    words += ["root@127.0.0.1"]
    try:
        wait_for(port, server)
        yield words
    finally:
        server.terminate()
        server.wait(10)
        server.stderr.close()


def wait_for(port, server):
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, server.stderr.read()
        time.sleep(0.05)
    raise AssertionError("sshd does not listen")


def test_a_system_on_another_host_asks_the_node(desk, ssh):
    desk.answers["/v1/status"] = (200, {"node": "kh/molvt"})
    desk.answers["/v1/messages"] = (201, {"id": "1", "text": "x" * 300_000})
    client = Client.through(ssh)
    assert client.status() == {"node": "kh/molvt"}
    assert client.send({"type": "ping", "to": "jp/isa", "body": {}})["id"] == "1"
    assert [asked[:2] for asked in desk.asked] == [("GET", "/v1/status"), ("POST", "/v1/messages")]


def test_whatever_it_asks_sshd_to_run_it_is_the_relay(desk, ssh, tmp_path):
    done = subprocess.run(
        [*ssh, f"touch {tmp_path}/pwned"],
        input=b"GET /v1/status HTTP/1.0\r\n\r\n",
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.startswith(b"HTTP/1.0 404")
    assert not (tmp_path / "pwned").exists()

"""A real Neo4j Community server from Maven jars, in a folder and on a port of its own.

Run as a program, it fetches the jars and starts one in the foreground:

    python tests/engines/neo4j_server.py FOLDER [PORT] [PASSWORD]
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

VERSION = "5.26.30"
START_SECONDS = 120.0
FLAGS = (
    *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")),
    "--enable-native-access=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dlog4j2.disable.jmx=true",
    "-Dfile.encoding=UTF-8",
)

TLS = """server.bolt.tls_level=OPTIONAL
dbms.ssl.policy.bolt.enabled=true
dbms.ssl.policy.bolt.base_directory={folder}
dbms.ssl.policy.bolt.private_key=private.key
dbms.ssl.policy.bolt.public_certificate=public.crt
dbms.ssl.policy.bolt.client_auth=NONE
"""


class NotAvailable(Exception):
    """Neo4j cannot run here; str(error) says what is missing."""


@dataclass(frozen=True)
class Server:
    """A started server; it may take a while until it answers."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def authority(self) -> Path:
        """Certificate of the server, which signed itself; not there on a machine without openssl."""
        return self.folder / "certificates" / "public.crt"

    def wait(self) -> None:
        """Wait until the port takes connections."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise NotAvailable(f"Neo4j ended with code {self.process.returncode}: {_tail(self.folder / 'console.log')}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise NotAvailable(f"Neo4j did not answer within {START_SECONDS:.0f} s: {_tail(self.folder / 'console.log')}")

    def stop(self, *, cleanly: bool = False) -> None:
        """End the process and wait for it; cleanly takes ten seconds that a folder nobody needs again is not worth."""
        if self.process.poll() is None:
            (self.process.terminate if cleanly else self.process.kill)()
            self.process.wait()


def start(folder: Path, port: int | None = None, password: str = "for-tests-only") -> Server:
    """Start a server in a folder; raise NotAvailable if Java or the jars are missing and cannot be fetched."""
    java, jars = find_java(), find_jars()
    port = port or free_port()
    for name in ("conf", "plugins", "logs", "data", "import", "run"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "neo4j.conf").write_text(
        f"server.default_listen_address=127.0.0.1\nserver.bolt.listen_address=127.0.0.1:{port}\n"
        "server.http.enabled=false\nserver.https.enabled=false\ndbms.usage_report.enabled=false\n"
        "server.memory.pagecache.size=256m\ndb.tx_log.preallocate=false\n"
        + (TLS.format(folder=folder / "certificates") if _certify(folder / "certificates") else "")
    )
    environment = {**os.environ, "NEO4J_HOME": str(folder), "NEO4J_CONF": str(folder / "conf")}
    with (folder / "console.log").open("ab") as console:
        if not (folder / "data" / "databases").exists():  # a password can only be set before the first start
            admin = [java, "-XX:TieredStopAtLevel=1", *FLAGS, "-cp", f"{jars}/*", "org.neo4j.cli.AdminTool"]
            command = [*admin, "dbms", "set-initial-password", password]
            if subprocess.run(command, env=environment, stdout=console, stderr=console).returncode != 0:
                raise NotAvailable(f"Neo4j took no password: {_tail(folder / 'console.log')}")
        classpath = f"{folder}/plugins/*:{folder}/conf/*:{jars}/*"
        command = [java, "-Xms256m", "-Xmx1g", "-XX:+UseSerialGC", *FLAGS, "-cp", classpath]
        command += ["org.neo4j.server.CommunityEntryPoint", f"--home-dir={folder}", f"--config-dir={folder / 'conf'}"]
        process = subprocess.Popen(
            [*command, "--console-mode"], env=environment, stdin=subprocess.DEVNULL, stdout=console, stderr=console
        )
    return Server(process, folder, port, password)


def find_java() -> str:
    """Return the path of a Java that Neo4j runs on."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).exists():
        raise NotAvailable(
            "there is no java; install one of version 17 or 21 (Debian: apt-get install openjdk-17-jre-headless)"
        )
    said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or not 17 <= int(found[1]) <= 24:
        raise NotAvailable(f"Neo4j {VERSION} needs Java 17 or 21, and {java} is {said.splitlines()[0] if said else 'none'}")
    return java


def find_jars() -> Path:
    """Return the folder of the server's jars, fetched by Maven the first time (123 MB)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    jars = cache / "graphfraud" / f"neo4j-{VERSION}"
    jars.parent.mkdir(parents=True, exist_ok=True)
    with jars.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes, and Maven's folder is one
        if not (jars / "complete").exists():
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotAvailable(f"there are no Neo4j jars in {jars} and no mvn to fetch them (Debian: apt-get install maven)")
    plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    command = [maven, "-B", "-q", "-f", str(Path(__file__).with_name("pom.xml")), f"-Dneo4j.version={VERSION}", plugin]
    done = subprocess.run(
        [*command, "-DincludeScope=runtime", f"-DoutputDirectory={jars}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise NotAvailable(f"Maven did not fetch the Neo4j jars: {' '.join((done.stdout + done.stderr).split())[-300:]}")
    (jars / "complete").touch()


def free_port() -> int:
    """Return a port of the loopback address that nobody uses right now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _certify(folder: Path) -> bool:
    """Make a certificate that is its own authority; say whether openssl is there to do it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return False
    folder.mkdir(exist_ok=True)
    files = ["-keyout", str(folder / "private.key"), "-out", str(folder / "public.crt")]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *files, *names]
    return subprocess.run(command, capture_output=True).returncode == 0


def _tail(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").split())[-300:] if log.exists() else "it left no log"


if __name__ == "__main__":
    target = Path(sys.argv[1]).absolute()
    server = start(target, *(int(port) for port in sys.argv[2:3]), *sys.argv[3:4])
    server.wait()
    sys.stderr.write(f"{server.url} user neo4j password {server.password}\n")
    try:
        server.process.wait()
    except KeyboardInterrupt:
        server.stop(cleanly=True)

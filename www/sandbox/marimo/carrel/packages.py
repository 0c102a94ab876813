"""What the workspace says it needs, installed before marimo starts.

It says so in requirements.txt, in pyproject.toml, or in the notebook's own header (PEP 723).
The lock that bin/uv keeps has the exact versions; where it is there, those are taken.
"""

import hashlib
import re
import subprocess
import tomllib

from carrel import environment, place

STAMP = place.ENV / ".carrel-packages"
HEADER = re.compile(
    r"(?m)^# /// script[ \t]*\r?$\n(?P<body>(?:^#(?:| .*)\r?$\n)+?)^# ///[ \t]*\r?$"
)
MARIMO = re.compile(r"marimo(?![\w.-])", re.IGNORECASE)


def install_declared() -> str | None:
    """Runs uv if anything changed since it last did; returns what went wrong, if anything."""
    try:
        wanted, locked = declared(), read(place.LOCK)
    except (tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        return f"The list of packages cannot be read: {error}"
    if not wanted and not locked:
        return None
    # With what is there, so that an environment made anew is filled anew.
    state = [*wanted, locked, environment.fingerprint()]
    mark = hashlib.sha256("\0".join(state).encode()).hexdigest()
    if read(STAMP) == mark:
        return None
    problem = None
    if locked:
        problem = install(["--no-deps", "--requirements", str(place.LOCK)])
    if wanted and not problem:
        listed = place.ENV / ".carrel-wanted"
        listed.write_text("\n".join(wanted) + "\n")
        problem = install(["--requirements", str(listed)])
    if not problem:
        STAMP.write_text(mark)
    return problem


def declared() -> list[str]:
    """Requirements, one a line.  marimo itself is there already, in the one version."""
    lines = read(place.WORK / "requirements.txt").splitlines()
    project = tomllib.loads(read(place.WORK / "pyproject.toml"))
    lines += project.get("project", {}).get("dependencies", [])
    header = HEADER.search(read(place.NOTEBOOK))
    if header:
        body = re.sub(r"(?m)^# ?", "", header["body"])
        lines += tomllib.loads(body).get("dependencies", [])
    lines = [line.partition(" #")[0].strip() for line in lines]
    return [line for line in lines if line and line[0] != "#" and not MARIMO.match(line)]


def read(path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def install(arguments: list[str]) -> str | None:
    """Output is shown as it comes; the end of it is the problem."""
    command = [place.OURS / "bin" / "uv", "pip", "install", "--no-progress", *arguments]
    last: list[str] = []
    with subprocess.Popen(
        command, cwd=place.WORK, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as uv:
        for line in uv.stdout:
            print(line, end="", flush=True)
            last = [*last[-19:], line]
    return "".join(last).strip() or "uv failed." if uv.returncode else None

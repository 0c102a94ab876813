"""The notebook's own environment in /env: what uv installs goes there.

It is a virtual environment made by hand, because `python -m venv` takes a second: it sees
the image's packages through a .pth file, behind its own.  uv looks only into the
environment itself, so each package of the image has a stand-in there: its metadata without
its files.  Thus what the image has is neither fetched nor stored a second time, versions are
resolved against it, and another version can still be installed over it.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from carrel import place

STAND_IN = "carrel"  # as the INSTALLER of a stand-in
KEPT = ("METADATA", "WHEEL", "entry_points.txt")


def make() -> None:
    """Makes /env, or what of it is missing or older than the image."""
    site = place.site_packages(place.ENV)
    stamp = place.ENV / ".carrel"
    wanted = fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted and place.ENV_PYTHON.exists():
        return
    if not site.is_dir():
        # Nothing, or packages for another Python.
        shutil.rmtree(place.ENV / "lib", ignore_errors=True)
        site.mkdir(parents=True)
    write_skeleton(site)
    renew_stand_ins(site)
    stamp.write_text(wanted)


def fingerprint() -> str:
    """Changes with the image's packages and with the way an environment is made."""
    names = sorted(p.name for p in place.site_packages(place.BAKED).glob("*.dist-info"))
    text = "\n".join([sys.version, Path(__file__).read_text(), *names])
    return hashlib.sha256(text.encode()).hexdigest()


def write_skeleton(site: Path) -> None:
    python = Path("/usr/bin") / f"python3.{sys.version_info.minor}"
    (place.ENV / "bin").mkdir(exist_ok=True)
    for name in ("python", "python3", python.name):
        link = place.ENV / "bin" / name
        link.unlink(missing_ok=True)
        link.symlink_to(python)
    version = ".".join(map(str, sys.version_info[:3]))
    (place.ENV / "pyvenv.cfg").write_text(
        f"home = {python.parent}\ninclude-system-site-packages = false\n"
        f"version = {version}\nexecutable = {python}\nuv = carrel\n"
    )
    (site / "_carrel.pth").write_text(f"{place.site_packages(place.BAKED)}\n{place.OURS}\n")


def installer(info: Path) -> str:
    try:
        return (info / "INSTALLER").read_text().strip()
    except OSError:
        return ""


def name_of(info: Path) -> str:
    return info.name.partition("-")[0].lower().replace("_", "-")


def renew_stand_ins(site: Path) -> None:
    own = set()
    for info in site.glob("*.dist-info"):
        if installer(info) == STAND_IN:
            shutil.rmtree(info)
        else:
            own.add(name_of(info))
    for info in place.site_packages(place.BAKED).glob("*.dist-info"):
        if name_of(info) not in own:
            write_stand_in(info, site / info.name)


def write_stand_in(info: Path, to: Path) -> None:
    to.mkdir()
    names = [name for name in KEPT if (info / name).is_file()]
    for name in names:
        (to / name).write_bytes((info / name).read_bytes())
    (to / "INSTALLER").write_text(f"{STAND_IN}\n")
    lines = [f"{to.name}/{name},," for name in [*names, "INSTALLER", "RECORD"]]
    (to / "RECORD").write_text("\n".join(lines) + "\n")


def installed() -> list[str]:
    """Requirements, one for each package that is really in /env."""
    found = []
    for info in place.site_packages(place.ENV).glob("*.dist-info"):
        if installer(info) != STAND_IN:
            found.append(requirement(info))
    return sorted(found)


def requirement(info: Path) -> str:
    import json
    from importlib.metadata import PathDistribution

    package = PathDistribution(info)
    try:
        origin = json.loads((info / "direct_url.json").read_text())["url"]
        return f"{package.name} @ {origin}"
    except (OSError, KeyError, ValueError):
        return f"{package.name.lower()}=={package.version}"


def make_home() -> None:
    """HOME is empty at every start; the font list in it saves the first plot a second."""
    cache = Path(os.environ["MPLCONFIGDIR"])
    cache.mkdir(parents=True, exist_ok=True)
    for file in (place.OURS / "matplotlib").glob("*.json"):
        shutil.copyfile(file, cache / file.name)

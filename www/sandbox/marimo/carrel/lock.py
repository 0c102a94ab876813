"""Writes /work/requirements.lock: what is in /env beyond the image, exact and with hashes.

Run by bin/uv after each command that changed packages.  Never fails: a package that no index
knows (a local file, a repository) stands in the lock without a hash.
"""

import fcntl
import os
import subprocess

from carrel import environment, place


def main() -> None:
    with open(place.ENV / ".carrel-lock", "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        packages = environment.installed()
        if not packages:
            place.LOCK.unlink(missing_ok=True)
            return
        text = with_hashes(packages) or "\n".join(packages) + "\n"
        if text != current():
            new = place.LOCK.with_name(".requirements.lock.new")
            new.write_text(text)
            os.replace(new, place.LOCK)


def current() -> str:
    try:
        return place.LOCK.read_text()
    except OSError:
        return ""


def with_hashes(packages: list[str]) -> str:
    done = subprocess.run(
        [place.UV, "pip", "compile", "--quiet", "--generate-hashes", "--no-deps",
         "--no-header", "--no-annotate", "--no-emit-index-url", "--python",
         place.ENV_PYTHON, "-"],
        input="\n".join(packages), text=True, capture_output=True, timeout=120,
    )
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    try:
        main()
    except (OSError, subprocess.SubprocessError) as error:
        print(f"requirements.lock was not renewed: {error}")

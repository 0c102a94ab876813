"""The workload of a notebook's sandbox: prepares /env and becomes marimo's server.

Started by the guest as the user of the workspace, with /work and /env mounted.  This part
needs the standard library alone; the rest, carrel.start, runs with the Python of /env, so
that notebooks and what they install share one environment.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from carrel import config, environment, packages, place


def main() -> None:
    os.environ.update(place.variables())
    environment.make_home()
    config.write()
    environment.make()
    problem = packages.install_declared()
    if problem:
        os.environ["CARREL_PACKAGES_ERROR"] = problem
    os.chdir(place.WORK)
    python = str(place.ENV_PYTHON)
    os.execv(python, [python, "-P", "-m", "carrel.start"])


if __name__ == "__main__":
    main()

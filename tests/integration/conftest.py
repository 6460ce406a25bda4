"""The integration tests work with the harness that they share with the tests of compatibility."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

# pylint: disable=unused-wildcard-import,wildcard-import,wrong-import-position
from harness import *  # noqa: E402,F401,F403
from services import services  # noqa: E402,F401

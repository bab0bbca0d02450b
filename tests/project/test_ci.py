"""CI leaves nothing out: under DIGIKOOSTE_REQUIRE_ALL=1 a skipped test is a failed one."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.project.checkout import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

ONE = "def test_one() -> None:\n    assert True\n"
SKIPS = {
    "a mark": "import pytest\n@pytest.mark.skip(reason='needs Chromium')\n" + ONE,
    "a call": "import pytest\ndef test_one() -> None:\n    pytest.skip('needs Chromium')\n",
    "a fixture": "import pytest\n@pytest.fixture\ndef it(): pytest.skip('needs Chromium')\ndef test_one(it): pass\n",
    "a module": "import pytest\npytest.skip('needs Chromium', allow_module_level=True)\n",
    "an import": "import pytest\npytest.importorskip('there_is_no_chromium', reason='needs Chromium')\n",
}
OUTSIDE = "import pytest\ndef test_one() -> None:\n    pytest.skip('the data from outside is not here: …')\n"
EXPECTED_TO_FAIL = "import pytest\n@pytest.mark.xfail\ndef test_one() -> None:\n    assert False\n"


def outcome(folder: Path, test: str, *, require_all: bool = True) -> tuple[int, str]:
    """Run one test file under our conftest, in a checkout of its own."""
    tests = folder / "main" / "tests"
    tests.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "conftest.py", tests)
    (tests / "test_it.py").write_text(test, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tests), str(tests)]
    bare = {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = run(command, tests, DIGIKOOSTE_REQUIRE_ALL="1" if require_all else "", **bare)
    return done.returncode, done.stdout


@pytest.mark.parametrize("test", SKIPS.values(), ids=SKIPS)
def test_a_skip_fails(tmp_path: Path, test: str) -> None:
    """However it is said; the summary names the reason."""
    code, text = outcome(tmp_path, test)
    assert code != 0
    assert "DIGIKOOSTE_REQUIRE_ALL=1" in text
    assert "needs Chromium" in text


def test_without_it_a_skip_is_a_skip(tmp_path: Path) -> None:
    """On a machine that lacks a program the rest can still be run."""
    code, text = outcome(tmp_path, SKIPS["a mark"], require_all=False)
    assert code == 0
    assert "1 skipped" in text


def test_only_absent_data_may_skip(tmp_path: Path) -> None:
    """The data from outside stand beside the checkout, or do not."""
    assert outcome(tmp_path / "without", OUTSIDE)[0] == 0
    (tmp_path / "with" / "shared" / "data").mkdir(parents=True)
    assert outcome(tmp_path / "with", OUTSIDE)[0] == 1


def test_an_expected_failure_is_none(tmp_path: Path) -> None:
    assert outcome(tmp_path, EXPECTED_TO_FAIL)[0] == 0


def test_ci_is_a_script_that_bash_understands() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert run(["bash", "-n", str(script)], ROOT).returncode == 0

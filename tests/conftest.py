"""What holds for every test: no AWS account of the developer's, and in CI no test that quietly does not run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from stacks.local.sdk_models import share_models
from tests.support.slot import SLOT

# Machines are shared: how long an example took says nothing about the code.
settings.register_profile("agentops", deadline=None)
settings.load_profile("agentops")
# A test may make clients of its own at little cost.
share_models()

TESTS = Path(__file__).parent
WORKFLOW = TESTS / "workflow"
# They set an emulated AWS up for each test.
SLOW = tuple(TESTS / folder for folder in ("web", "unit/audit", "unit/deploying", "unit/indexing"))

# Node id of a test that CI may skip: why.
MAY_SKIP_IN_CI: dict[str, str] = {}

FOREIGN = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL")


def fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure in CI, where everything that a test needs is there or has to be installed."""
    expected = hasattr(report, "wasxfail") or report.nodeid in MAY_SKIP_IN_CI
    if os.environ.get("CI") and report.skipped and not expected:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped, which CI does not allow (tests/conftest.py): {reason}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Give the shared local target back before a test that may need the process for itself."""
    if WORKFLOW not in item.path.parents:
        SLOT.give_back()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the folders of slow tests to the full run."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in SLOW):
            item.add_marker(pytest.mark.slow)


def pytest_sessionfinish() -> None:
    SLOT.give_back()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    fail_if_skipped(report)
    return report


@pytest.fixture(autouse=True, scope="session")
def no_aws_account() -> Iterator[None]:
    """Hide the developer's AWS account: a call that no fake answers fails, and never reaches it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in FOREIGN:
            patch.delenv(name, raising=False)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield

"""Scenarios live outside of test modules; their assertions explain themselves all the same."""

import pytest

from tests.local.emulation.scenario_modules import MODULES

pytest.register_assert_rewrite(*MODULES)

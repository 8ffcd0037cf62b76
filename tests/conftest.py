"""pytest's own hooks: a test that fails shows the consoles it looked at."""

import pytest

import leaf


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    leaf.booted.clear()
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for machine in leaf.booted:
            report.sections.append(
                (f"console of {machine.image.app}", machine.console))

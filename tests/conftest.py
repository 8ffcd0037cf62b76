"""pytest's own hooks: a test that fails shows the consoles it looked at; the
longest tests start first; a worker more than there are processors for every
two of them."""

import os
import signal

import pytest

import leaf

# Each of these occupies one worker for long: started last, one would run alone
# at the end while the others have nothing left to do.
LONGEST = [
    "test_every_sequence_of_calls",
    "test_bench.py",
    "test_fuzzed_against_a_model",
    "test_book.py",
    "test_stress.py",
    "test_functions_do_as_the_hosts_do",
    "test_book_tool.py",
    "test_kernel.py",
]


def pytest_configure():
    """A shell starts what runs in the background deaf to Ctrl-C, and so would
    be what is tested."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    def place(item):
        for i, name in enumerate(LONGEST):
            if name in item.nodeid:
                break
        else:
            i = len(LONGEST)
        # The book's last chapters take longest.
        return i, -position[item] if "test_book.py" in item.nodeid else 0

    position = {item: i for i, item in enumerate(items)}
    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """Tests that boot leaf wait half of the time: for a prompt, for silence,
    for a time to pass."""
    cores = os.cpu_count() or 1
    return cores + cores // 2


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

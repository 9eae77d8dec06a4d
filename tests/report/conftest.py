"""Reports that several tests look at, each made once."""

import pytest

from tests.report.reports_for_tests import make_report
from tests.report.world_for_tests import FOREIGN, LONG, World

TROUBLE = '<script>alert("1")</script> & friends'
WORLDS = {
    "five": World(),
    "none": World(personas=0),
    "bare": World(personas=2, events=False, survey=False, experiments=False, customers_are="households"),
    "named": World(personas=4, names=(TROUBLE, LONG, *FOREIGN), title=TROUBLE, customers=500),
}


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """The report of a world, by its name in `WORLDS`."""
    made = {}

    def of(name):
        if name not in made:
            made[name] = make_report(tmp_path_factory.mktemp(name), WORLDS[name])
        return made[name]

    return of

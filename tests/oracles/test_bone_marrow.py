"""Published figures of the EBMT data: Putter, Fiocco & Geskus 2007, Stat Med 26:2389; de Wreede, Fiocco & Putter 2011,
J Stat Softw 38(7). State probabilities and their errors as `survfit` of R survival 3.5-3 gives them.
"""

import numpy as np
import pytest

from pipeline.journeys.multistate import aalen_johansen
from tests.oracles.bone_marrow import ebmt3_spells, ebmt4_spells

pytestmark = pytest.mark.realdata

EBMT3_STATES = ["Tx", "PR", "RelDeath"]
# day: P(Tx), P(PR), P(RelDeath), se(PR)
EBMT3 = {
    30: (0.64757, 0.32788, 0.02455, 0.01001),
    90: (0.42828, 0.47589, 0.09583, 0.01066),
    365.25: (0.30238, 0.41507, 0.28255, 0.01061),
    730.5: (0.27571, 0.38049, 0.34381, 0.01053),
    1826.25: (0.23724, 0.33873, 0.42403, 0.01091),
}
EBMT4_STATES = ["Tx", "Rec", "AE", "Rec+AE", "Relapse", "Death"]
EBMT4 = {
    30: (0.38894, 0.20453, 0.25022, 0.12470, 0.00088, 0.03073),
    100: (0.21330, 0.22455, 0.18200, 0.24779, 0.02290, 0.10947),
    365.25: (0.16459, 0.19729, 0.11828, 0.21724, 0.11383, 0.18877),
    1826.25: (0.14559, 0.17902, 0.09947, 0.18547, 0.16399, 0.22646),
    3652.5: (0.14104, 0.16948, 0.09479, 0.17140, 0.17313, 0.25017),
}
DIGITS = 5.1e-6


def moves(spells):
    return spells.fillna({"to": "no event"}).groupby(["from", "to"]).size().to_dict()


def test_ebmt3_transitions(real_data):
    assert moves(ebmt3_spells(real_data)) == {
        ("Tx", "PR"): 1169,
        ("Tx", "RelDeath"): 458,
        ("Tx", "no event"): 577,
        ("PR", "RelDeath"): 383,
        ("PR", "no event"): 786,
    }


def test_ebmt3_probabilities_and_standard_errors(real_data):
    curve = aalen_johansen(ebmt3_spells(real_data), list(EBMT3), states=EBMT3_STATES, start="Tx")
    table = curve.pivot(index="time", columns="state")
    expected = np.array(list(EBMT3.values()))
    np.testing.assert_allclose(table["probability"][EBMT3_STATES], expected[:, :3], rtol=0, atol=DIGITS)
    np.testing.assert_allclose(table["std_error"]["PR"], expected[:, 3], rtol=0, atol=DIGITS)


def test_ebmt3_by_an_independent_program(real_data):
    curve = aalen_johansen(ebmt3_spells(real_data), [365.25, 1826.25], states=EBMT3_STATES, start="Tx")
    expected = [0.302383, 0.415068, 0.282549, 0.237236, 0.338732, 0.424032]
    np.testing.assert_allclose(curve["probability"], expected, rtol=0, atol=5.1e-7)


def test_ebmt3_from_recovery_uses_delayed_entry(real_data):
    curve = aalen_johansen(ebmt3_spells(real_data), [1826.25], states=EBMT3_STATES, start="PR")
    np.testing.assert_allclose(curve["probability"], [0, 0.628894, 0.371106], rtol=0, atol=5.1e-7)


def test_ebmt3_by_age_as_by_persona(real_data):
    spells = ebmt3_spells(real_data)
    found = {
        age: aalen_johansen(part, [1826.25], states=EBMT3_STATES, start="Tx")["probability"].iloc[2]
        for age, part in spells.groupby("age")
    }
    expected = {"<=20": 0.32705, "20-40": 0.39138, ">40": 0.52449}
    assert found == pytest.approx(expected, rel=0, abs=DIGITS)


def test_ebmt4_transitions(real_data):
    assert moves(ebmt4_spells(real_data)) == {
        ("Tx", "Rec"): 785,
        ("Tx", "AE"): 907,
        ("Tx", "Relapse"): 95,
        ("Tx", "Death"): 160,
        ("Tx", "no event"): 332,
        ("Rec", "Rec+AE"): 227,
        ("Rec", "Relapse"): 112,
        ("Rec", "Death"): 39,
        ("Rec", "no event"): 407,
        ("AE", "Rec+AE"): 433,
        ("AE", "Relapse"): 56,
        ("AE", "Death"): 197,
        ("AE", "no event"): 221,
        ("Rec+AE", "Relapse"): 107,
        ("Rec+AE", "Death"): 137,
        ("Rec+AE", "no event"): 416,
    }


def test_ebmt4_probabilities(real_data):
    curve = aalen_johansen(ebmt4_spells(real_data), list(EBMT4), states=EBMT4_STATES, start="Tx")
    table = curve.pivot(index="time", columns="state", values="probability")[EBMT4_STATES]
    np.testing.assert_allclose(table, list(EBMT4.values()), rtol=0, atol=DIGITS)
    one_year = aalen_johansen(ebmt4_spells(real_data), [365.25], states=EBMT4_STATES, start="Tx")
    expected = [0.164592, 0.197294, 0.118278, 0.217239, 0.113825, 0.188771]
    np.testing.assert_allclose(one_year["probability"], expected, rtol=0, atol=5.1e-7)

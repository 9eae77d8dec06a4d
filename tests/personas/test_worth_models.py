"""BG/NBD, Gamma-Gamma and sBG: published figures, hand-computed likelihoods, known parameters found again."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln

from pipeline.core.errors import InputError
from pipeline.personas import worth_contract as contract
from pipeline.personas.worth_buying import (
    NAMES,
    Histories,
    alive,
    expected_of_new,
    expected_purchases,
    fit_buying,
    log_likelihood,
)
from pipeline.personas.worth_future import Outlook, discounted_purchases, fit_models, outlook
from pipeline.personas.worth_orders import purchases, summary
from pipeline.personas.worth_spending import expected_amount, fit_spending
from pipeline.personas.worth_spending import log_likelihood as spending_likelihood
from tests.personas.buyers_for_tests import BUYING, SPENDING, orders_of

CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
END = np.datetime64("2024-12-29")


def one(*values: float) -> list[np.ndarray]:
    return [np.array([value]) for value in values]


@pytest.fixture(scope="module")
def customers():
    """3,000 customers drawn with the parameters `BUYING` and `SPENDING`, seen for a year."""
    table = orders_of(3000, seed=5).rename(columns={"id": "customer"})
    table["day"] = table["day"].to_numpy().astype("datetime64[D]")
    return summary(purchases(table, END, "one", "net").rows, END, 7.0, "repeat")


def test_the_example_of_the_paper():
    """Fader, Hardie and Lee 2005: x = 2, t_x = 30.43, T = 38.86 expects 1.226 purchases within 39 weeks."""
    assert expected_purchases(CDNOW, *one(2, 30.43, 38.86), 39.0)[0] == pytest.approx(1.226, abs=5e-4)


def test_likelihood_of_one_customer_by_hand():
    """x = 1, t_x = 2, T = 5 at r = a = 1, alpha = b = 2.

    Alive all along: p^0 (1-p)^1 lambda e^(-5 lambda) -> E[1-p] E[lambda e^(-5 lambda)] = 2/3 x 4/7^... with alpha = 2:
    E[lambda e^(-5 lambda)] = 1 x 2 / 7^2 = 2/49; left at t_x: E[p] E[lambda e^(-2 lambda)] = 1/3 x 2/16.
    """
    value, _ = log_likelihood(np.array([1.0, 2.0, 1.0, 2.0]), Histories.of(*one(1, 2, 5)))
    assert value == pytest.approx(np.log(2 / 3 * 2 / 49 + 1 / 3 * 2 / 16), abs=1e-12)


def test_likelihood_of_one_purchase_only_by_hand():
    value, _ = log_likelihood(np.array([0.5, 3.0, 1.0, 2.0]), Histories.of(*one(0, 0, 9)))
    assert value == pytest.approx(0.5 * np.log(3 / 12), abs=1e-12)


def test_slope_of_the_likelihood_is_its_derivative():
    h = Histories.of(np.array([0.0, 2, 5, 700]), np.array([0.0, 3, 9, 800]), np.array([5.0, 10, 11, 801]))
    at = np.array([0.4, 5.0, 0.7, 2.0])
    for position in range(4):
        step = np.eye(4)[position] * 1e-6
        numeric = (log_likelihood(at + step, h)[0] - log_likelihood(at - step, h)[0]) / 2e-6
        assert log_likelihood(at, h)[1][position] == pytest.approx(numeric, rel=1e-5)


@pytest.mark.parametrize("a", [0.4, 1.0, 1.0 + 1e-7, 2.5, 19.9, 20.1])
@pytest.mark.parametrize(("x", "seen", "age"), [(0, 0, 30), (3, 20, 30), (900, 29.9, 30)])
def test_expected_purchases_are_the_integral_of_the_rate(a, x, seen, age):
    """While alive, the rate at time s ahead is E[lambda exp(-lambda p s)]: integrated over s and p numerically."""
    p = {**BUYING, "a": a}

    power = a if a < 5 else 1.0  # takes the pole at 0 away

    def rate(u: float) -> float:
        share = u ** (1 / power)
        shape, scale = p["r"] + x, p["alpha"] + age
        left = -np.expm1(-shape * np.log1p(share * 12.0 / scale)) / share
        density = (a - power) * np.log(share) + (p["b"] + x - 1) * np.log1p(-share) - betaln(a, p["b"] + x)
        return left * np.exp(density) / power

    cuts = [1e-12, 1e-6, 1e-4, 1e-3, 5e-3, 1e-2, 2e-2, 3e-2, 5e-2, 0.1, 0.5, 0.8, 0.9, 0.97, 1.0]
    expected = sum(quad(rate, low, high)[0] for low, high in zip(cuts[:-1], cuts[1:], strict=True))
    found = expected_purchases(p, *one(x, seen, age), 12.0)[0]
    assert found == pytest.approx(expected * alive(p, *one(x, seen, age))[0], rel=2e-5)


def test_alive_is_certain_after_one_purchase_and_falls_with_silence():
    found = alive(CDNOW, np.array([0.0, 3, 3, 3]), np.array([0.0, 38, 20, 2]), np.full(4, 38.0))
    assert found[0] == 1
    assert (np.diff(found[1:]) < 0).all()


def test_buying_parameters_are_found_again(customers):
    fit = fit_buying(*(customers[c].to_numpy() for c in ("frequency", "recency", "age")))
    for name in NAMES:
        low, high = fit.interval(name)
        assert low < BUYING[name] < high, name
    assert fit.at_edge == ()


def test_the_unit_of_time_changes_alpha_only(customers):
    x, seen, age = (customers[c].to_numpy() for c in ("frequency", "recency", "age"))
    weeks, days = fit_buying(x, seen, age), fit_buying(x, seen * 7, age * 7)
    assert days.values == pytest.approx(weeks.values * np.array([1, 7, 1, 1]), rel=1e-5)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - x.sum() * np.log(7), rel=1e-9)


def test_row_order_does_not_matter(customers):
    shuffled = customers.sample(frac=1, random_state=1)
    first, second = (
        fit_buying(*(t[c].to_numpy() for c in ("frequency", "recency", "age"))) for t in (customers, shuffled)
    )
    assert (first.values == second.values).all()


def test_spending_likelihood_by_hand():
    """One purchase (x = 1) with p = q = 1: the density of z is gamma / (gamma + z)^2."""
    value, _ = spending_likelihood(np.array([1.0, 1.0, 10.0]), *one(1, 30))
    assert value == pytest.approx(np.log(10 / 40**2), abs=1e-12)


def test_spending_parameters_are_found_again(customers):
    paid = customers[customers["times"] > 0]
    fit = fit_spending(paid["times"].to_numpy(), paid["monetary"].to_numpy())
    for name, true in SPENDING.items():
        low, high = fit.interval(name)
        assert low < true < high, name
    euros, cents = fit, fit_spending(paid["times"].to_numpy(), paid["monetary"].to_numpy() * 100)
    assert cents.values == pytest.approx(euros.values * np.array([1, 1, 100]), rel=1e-5)


def test_expected_amount_is_drawn_towards_everybody():
    means = expected_amount(SPENDING, np.array([0.0, 1, 1000]), np.array([np.nan, 100.0, 100.0]))
    assert means[0] == pytest.approx(6 * 16 / 3)
    assert means[0] < means[1] < means[2] < 100.1
    assert means[2] == pytest.approx(100, rel=0.01)
    assert np.isnan(expected_amount({**SPENDING, "q": 0.8}, np.zeros(1), np.zeros(1)))[0]


def test_expected_and_real_purchases_of_the_next_half_year_agree():
    table = orders_of(3000, seed=8, weeks=78).rename(columns={"id": "customer"})
    table["day"] = table["day"].to_numpy().astype("datetime64[D]")
    bought = purchases(table, END, "one", "net").rows
    seen = summary(bought, END, 7.0, "repeat")
    found = outlook(seen, fit_models(seen), Outlook(182.0, 7.0, 0.0))
    later = table[(table["day"] > END) & table["customer"].isin(seen["customer"])]
    assert found["purchases"].sum() == pytest.approx(later.groupby(["customer", "day"]).ngroups, rel=0.1)
    assert found["value"].sum() == pytest.approx(later["amount"].sum(), rel=0.12)
    assert ((found["value_lower"] <= found["value"]) & (found["value"] <= found["value_upper"])).all()


def test_discounting_lowers_value_and_zero_leaves_it():
    x = one(3, 20, 30)
    full = discounted_purchases(BUYING, *x, Outlook(364.0, 7.0, 0.0))
    less = discounted_purchases(BUYING, *x, Outlook(364.0, 7.0, 0.1))
    assert full[0] == expected_purchases(BUYING, *x, 52.0)[0]
    assert full[0] / 1.1 < less[0] < full[0]


def test_a_new_customer_is_expected_as_in_equation_9():
    """E[X(t)] of the paper at a small t is t times the mean rate r / alpha."""
    assert expected_of_new(BUYING, 1e-4) == pytest.approx(1e-4 * 0.6 / 5, rel=1e-3)


def test_too_few_repeat_customers_are_refused(customers):
    with pytest.raises(InputError, match="0 of 5 customers bought on more than one day"):
        fit_models(customers[customers["frequency"] == 0].head(5))


def test_equal_amounts_tell_nothing_of_spending(customers):
    with pytest.raises(InputError, match="1 different: too few to fit how spending varies"):
        fit_models(customers.assign(monetary=9.99))


RENEWALS = {
    "regular": ([1000, 631, 468, 382, 326, 289, 262, 241], 0.704, 1.182, -1680.3),
    "high end": ([1000, 869, 743, 653, 593, 551, 517, 491], 0.668, 3.806, -1611.2),
}


@pytest.mark.parametrize(("left", "alpha", "beta", "likelihood"), RENEWALS.values(), ids=RENEWALS)
def test_the_contracts_of_the_paper(left, alpha, beta, likelihood):
    """Fader and Hardie 2007, seven renewals of 1,000 customers."""
    fit = contract.fit_contract(*contract.counts_of_survivors(np.arange(8.0), np.array(left, dtype=float)))
    assert (round(fit["alpha"], 3), round(fit["beta"], 3)) == (alpha, beta)
    assert fit.log_likelihood == pytest.approx(likelihood, abs=0.06)


def test_contract_survival_and_residual_lifetime_by_sum():
    fit = contract.fit_contract(*contract.counts_of_survivors(np.arange(8.0), np.array(RENEWALS["high end"][0], float)))
    t = np.arange(3.0, 5000.0)
    s = contract.survival(fit["alpha"], fit["beta"], t)
    before = contract.survival(fit["alpha"], fit["beta"], np.array([2.0]))
    by_sum = (s / before / 1.1 ** (t - 3)).sum()
    assert contract.residual_lifetime(fit, np.array([2.0]), 0.1)[0] == pytest.approx(by_sum, rel=1e-9)
    assert np.isinf(contract.residual_lifetime(fit, np.array([2.0]), 0.0)[0]), "alpha below 1: no mean lifetime"
    assert contract.survival(1.0, 1.0, np.array([1.0]))[0] == pytest.approx(0.5)

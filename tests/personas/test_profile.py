"""Profiles: shares and means by group, with intervals, against everybody else."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from pipeline.core.errors import SettingsError
from pipeline.personas.groups import Grouping, breakdown_groupings, everyone
from pipeline.personas.profile import profile
from pipeline.personas.schema import PROFILE
from tests.personas.tables_for_tests import customer_ids, dictionary_of, entry, features_of

CODES = np.array([0, 0, 0, 0, 1, 1, 1, -1])
HALVES = Grouping("persona", ("persona-1", "persona-2"), CODES)


def one(frame: pd.DataFrame, group: str, column: str, level: str = "") -> pd.Series:
    rows = frame[(frame["group"] == group) & (frame["column"] == column) & (frame["level"] == level)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_share_counts_only_customers_with_a_value_and_compares_with_all_others():
    features = features_of({"likes": [1, 1, 0, np.nan, 0, 1, 0, 1]})
    table = PROFILE.check(profile(features, dictionary_of(entry("likes", "binary", levels=["no", "yes"])), [HALVES]))

    row = one(table, "persona-1", "likes", "yes")

    assert (row["value"], row["n"], row["rest_value"]) == (pytest.approx(2 / 3), 3, 0.5)
    assert row["lift"] == pytest.approx(4 / 3)
    assert row["difference"] == pytest.approx(2 * np.arcsin(np.sqrt(2 / 3)) - 2 * np.arcsin(np.sqrt(0.5)))
    assert (row["lower"], row["upper"]) == pytest.approx(proportion_confint(2, 3, method="wilson"))


def test_a_mean_has_a_t_interval_and_the_pooled_standardised_difference():
    values = np.array([1.0, 2.0, 4.0, 9.0, 3.0, np.nan, 8.0, 5.0])
    table = profile(features_of({"spend": values}), dictionary_of(entry("spend", "numeric")), [HALVES])

    row = one(table, "persona-1", "spend")

    mine, rest = values[:4], np.array([3.0, 8.0, 5.0])
    interval = stats.t.interval(0.95, 3, loc=mine.mean(), scale=stats.sem(mine))
    pooled = np.sqrt((3 * mine.var(ddof=1) + 2 * rest.var(ddof=1)) / 5)
    assert (row["value"], row["n"]) == (pytest.approx(4.0), 4)
    assert (row["lower"], row["upper"]) == pytest.approx(interval)
    assert row["rest_value"] == pytest.approx(rest.mean())
    assert row["difference"] == pytest.approx((mine.mean() - rest.mean()) / pooled)


def test_an_ordinal_is_told_by_level_and_by_its_mean_position():
    features = features_of({"use": [0, 1, 2, 2, 0, 0, 1, 2]})
    table = profile(features, dictionary_of(entry("use", "ordinal", levels=["never", "weekly", "daily"])), [HALVES])
    rows = table[table["group"] == "persona-1"]
    assert rows["level"].tolist() == ["", "never", "weekly", "daily"]
    assert rows["value"].tolist() == pytest.approx([1.25, 0.25, 0.25, 0.5])


def test_all_customers_have_nobody_to_be_compared_with():
    table = profile(features_of({"x": [1.0, 2.0]}), dictionary_of(entry("x", "count")), [everyone(2)])
    assert table[["rest_value", "lift", "difference"]].isna().all(axis=None)
    assert table["value"].tolist() == [1.5]


def test_an_excluded_feature_and_a_breakdown_by_itself_are_not_profiled():
    features = features_of({"plan": ["a", "b", "a", None], "secret": [1.0, 2.0, 3.0, 4.0]})
    fields = dictionary_of(entry("plan", "nominal", levels=["a", "b"]), entry("secret", "numeric", role="exclude"))
    table = profile(features, fields, [everyone(4), *breakdown_groupings(features, fields, ["plan"])])
    assert set(table["column"]) == {"plan"}
    assert set(table["group_by"]) == {"all"}


def test_a_breakdown_that_is_no_feature_or_has_no_levels_is_refused_by_name():
    features, fields = features_of({"age": [1.0]}), dictionary_of(entry("age", "numeric"))
    with pytest.raises(SettingsError, match=r"`agee` is not a feature. Did you mean `age`\?"):
        breakdown_groupings(features, fields, ["agee"])
    with pytest.raises(SettingsError, match=r"`age` is numeric; allowed are binary, nominal, ordinal"):
        breakdown_groupings(features, fields, ["age"])


@pytest.mark.parametrize(
    ("values", "kind"),
    [([np.nan] * 3, "numeric"), ([None] * 3, "nominal"), ([np.nan] * 3, "ordinal"), ([], "numeric"), ([], "nominal")],
    ids=str,
)
def test_a_feature_that_nobody_has_leaves_no_row(values, kind):
    features = features_of({"x": pd.Series(values, dtype="str" if kind == "nominal" else "float64")})
    table = profile(features, dictionary_of(entry("x", kind)), [everyone(len(values))])
    assert PROFILE.check(table).empty


def test_one_customer_and_equal_values_have_no_interval_or_scale():
    fields = dictionary_of(entry("x", "numeric"), entry("word", "nominal", levels=["NA"]))
    single = profile(features_of({"x": [0.1], "word": ["NA"]}), fields, [everyone(1)])
    assert single["value"].tolist() == [0.1, 1.0]
    assert single[["lower", "upper"]].isna().all(axis=None)

    equal = profile(features_of({"x": [0.1] * 8, "word": ["NA"] * 8}), fields, [HALVES])
    means = equal[equal["statistic"] == "mean"]
    assert means["difference"].isna().all()
    assert (means["lower"] == means["upper"]).all()
    assert (equal.loc[equal["statistic"] == "share", "difference"] == 0).all()


def test_row_order_and_other_ids_change_no_digit_and_the_input_stays():
    rng = np.random.default_rng(3)
    count = 500
    columns = {"x": rng.lognormal(size=count), "s": rng.random(count), "c": rng.choice(["a", "b"], count)}
    fields = dictionary_of(entry("x", "numeric"), entry("s", "share"), entry("c", "nominal", levels=["a", "b"]))
    codes = rng.integers(-1, 3, count)
    labels = ("persona-1", "persona-2", "persona-3")
    features = features_of(columns)
    before = features.copy(deep=True)
    first = profile(features, fields, [Grouping("persona", labels, codes)])
    order = rng.permutation(count)
    shuffled = features_of({k: np.asarray(v)[order] for k, v in columns.items()}, customer_ids(count, salt=9))

    second = profile(shuffled, fields, [Grouping("persona", labels, codes[order])])

    pd.testing.assert_frame_equal(first, second, check_exact=True)
    pd.testing.assert_frame_equal(features, before)


def test_5000_customers_with_80_features_take_less_than_5_seconds():
    rng = np.random.default_rng(1)
    count = 5_000
    columns: dict[str, object] = {f"n{i}": rng.normal(size=count) for i in range(40)}
    columns |= {f"o{i}": rng.integers(0, 5, count) for i in range(20)}
    columns |= {f"c{i}": rng.choice(list("abcdef"), count) for i in range(20)}
    kinds = {"n": "numeric", "o": "ordinal", "c": "nominal"}
    fields = dictionary_of(*(entry(name, kinds[name[0]]) for name in columns))
    grouping = Grouping("persona", tuple(f"persona-{i}" for i in range(1, 7)), rng.integers(0, 6, count))
    features = features_of(columns)

    started = time.process_time()
    table = profile(features, fields, [everyone(count), grouping])

    assert time.process_time() - started < 5
    assert len(table) == 7 * (40 + 20 * 6 + 20 * 6)


@pytest.mark.realdata
def test_telco_churn_by_contract_is_the_published_one(real_data):
    raw = pd.read_csv(real_data / "telco" / "Telco-Customer-Churn.csv.gz", keep_default_na=False)
    features = features_of(
        {
            "contract": raw["Contract"],
            "churn": (raw["Churn"] == "Yes").astype(float),
            "tenure": raw["tenure"].astype(float),
        }
    )
    fields = dictionary_of(
        entry("contract", "nominal", levels=["Month-to-month", "One year", "Two year"]),
        entry("churn", "binary", levels=["No", "Yes"]),
        entry("tenure", "numeric"),
    )
    table = profile(features, fields, [everyone(len(raw)), *breakdown_groupings(features, fields, ["contract"])])

    churn = table[(table["column"] == "churn") & (table["level"] == "Yes")]

    assert churn["group_by"].tolist() == ["all", "contract", "contract", "contract"]
    assert churn["group"].tolist() == ["all", "Month-to-month", "One year", "Two year"]
    assert (churn["value"] * 100).round(2).tolist() == [26.54, 42.71, 11.27, 2.83]
    assert churn["n"].tolist() == [7043, 3875, 1473, 1695]

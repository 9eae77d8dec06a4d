"""Forms tell the planted feelings: the mean of each life after each step."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from pipeline.sample.feedback import FEELINGS, SPREAD, TOUCHPOINTS
from pipeline.sample.lives import PERSONAS


def rounded_mean(mean: float) -> float:
    """Mean of a normal draw rounded to 1 … 5 and cut off there."""
    edges = norm.cdf((np.array([1.5, 2.5, 3.5, 4.5]) - mean) / SPREAD)
    return float(np.diff([0, *edges, 1]) @ np.arange(1, 6))


def test_each_life_feels_as_planted(sample):
    forms = sample.csv("shop/feedback.csv")
    forms = forms[forms["satisfaction"] != ""].drop_duplicates("form_id")
    forms = forms.assign(
        life=sample.persona_of("contact", forms["contact_id"]), score=pd.to_numeric(forms["satisfaction"])
    )
    assert forms["life"].notna().all()
    seen = 0
    for stage, (touchpoint, _) in TOUCHPOINTS.items():
        for life, mean in zip(PERSONAS, FEELINGS[stage], strict=True):
            scores = forms.loc[(forms["asked_about"] == touchpoint) & (forms["life"] == life), "score"]
            if len(scores) >= 10:
                # Twenty cells are looked at: 3.5 standard errors, so that one seed in a hundred fails.
                assert abs(scores.mean() - rounded_mean(mean)) < 3.5 * 0.95 / np.sqrt(len(scores)), (stage, life)
                seen += 1
    assert seen >= 12


def test_some_forms_were_sent_twice_or_left_blank(sample):
    forms = sample.csv("shop/feedback.csv")
    assert forms["form_id"].duplicated().any()
    assert (forms["satisfaction"] == "").any()
    assert pd.to_datetime(forms["submitted"]).max() < pd.Timestamp("2026-01-01 01:00")

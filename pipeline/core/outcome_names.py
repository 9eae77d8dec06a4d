"""Columns that are called like an outcome: customers may be described by them, and are not to be segmented by them."""

import re

_OUTCOME = re.compile(
    r"(?:^|_)(?:churn|churned|attrition|attrited|target|label|outcome|segment|segments|cluster|clusters|persona|treatment|variant|arm|"
    r"conversion|converted|prediction|predicted|propensity)(?:$|_)"
)


def is_outcome_name(name: str) -> bool:
    """Whether words joined by `_` name an outcome, a treatment or an earlier segmentation.

    >>> is_outcome_name("churn"), is_outcome_name("predicted_value"), is_outcome_name("armchairs")
    (True, True, False)
    """
    return bool(_OUTCOME.search(name))

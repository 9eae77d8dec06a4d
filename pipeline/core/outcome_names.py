"""Columns that are called like an outcome: customers may be described by them, and are not to be segmented by them."""

import re

_OUTCOME = re.compile(
    r"(?:^|_)(?:churn|churned|attrition|attrited|target|label|outcome|segment|segments|cluster|clusters|persona|treatment|variant|arm|"
    r"conversion|converted|prediction|predicted|propensity|retention|retained|"
    r"canceled|cancelled)(?:$|_)"
)


def is_outcome_name(name: str) -> bool:
    """Whether words joined by `_` name an outcome, a treatment or an earlier segmentation.

    >>> [is_outcome_name(name) for name in ("churn", "predicted_value", "retention_7", "armchairs", "y")]
    [True, True, True, False, False]
    """
    return bool(_OUTCOME.search(name))

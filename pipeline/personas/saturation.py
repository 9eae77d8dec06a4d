"""Whether more interviews would tell more: themes heard after any number of documents."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from pipeline.personas.schema import SATURATION
from pipeline.personas.themes import NO_THEME, Themes


def saturation(topic: str, themes: Themes, documents: NDArray[np.int64]) -> pd.DataFrame:
    """The rows of the table `SATURATION`: themes to expect in a random part of the documents.

    Exact for every order of the documents at once (rarefaction, Hurlbert 1971): a theme found in D_t of D documents is
    missed by m of them with chance C(D - D_t, m) / C(D, m). `documents`: code of each text's document, 0 up.
    """
    told = themes.of_text != NO_THEME
    pairs = np.unique(np.column_stack([documents[told], themes.of_text[told]]), axis=0)
    found_in = np.bincount(pairs[:, 1], minlength=len(themes.labels)).astype(np.float64)
    total = float(documents.max() + 1) if len(documents) else 0.0
    m = np.arange(1, int(total) + 1, dtype=np.float64)
    heard = np.array([(1 - _missed(total, found_in, some)).sum() for some in m])
    return pd.DataFrame({"topic": topic, "documents": m.astype(np.int64), "themes": heard})[list(SATURATION.columns)]


def _missed(total: float, found_in: NDArray[np.float64], some: float) -> NDArray[np.float64]:
    without = total - found_in
    possible = without >= some
    rest = np.where(possible, without, some)
    logs = gammaln(rest + 1) - gammaln(rest - some + 1) - gammaln(total + 1) + gammaln(total - some + 1)
    return np.where(possible, np.exp(logs), 0.0)

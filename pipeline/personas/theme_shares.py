"""How many speakers of each group voice each theme, small cells hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.suppression import hidden
from pipeline.personas.intervals import cohen_h, share_interval
from pipeline.personas.schema import ALL, THEMES
from pipeline.personas.themes import NO_THEME, Themes


def theme_id(topic: str, theme: int) -> str:
    """Name of a theme in all tables: `wish-1` is the largest of the topic `wish`."""
    return f"{topic}-{theme + 1}"


@dataclass(frozen=True)
class Speakers:
    """`of_text`: code of who said each text, 0 up; `groups`: each speaker's position in `labels`."""

    of_text: NDArray[np.int64]
    groups: NDArray[np.int64]
    labels: Sequence[str]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Speakers of each group."""
        return np.bincount(self.groups, minlength=len(self.labels))


def theme_shares(topic: str, themes: Themes, speakers: Speakers, min_cell: int) -> pd.DataFrame:
    """The rows of the table `THEMES` for one topic. A speaker voices a theme by at least one text.

    Hidden: groups with fewer speakers than `min_cell` (they have no row; see `suppression.hidden`), shares that rest on
    fewer, and the share of everybody and of the rest where they would tell how many of the hidden ones there are.
    """
    sizes = speakers.sizes
    listed = np.concatenate([[sizes.sum() >= min_cell], ~hidden(sizes, min_cell)])
    voiced = _voiced(themes, speakers)
    rows = []
    for at, label in enumerate(themes.labels):
        counts = np.bincount(speakers.groups[voiced[:, at]], minlength=len(sizes))
        frame = _rows(sizes, counts).assign(persona_id=[ALL, *speakers.labels])
        frame = _safe(frame, counts, sizes, listed, min_cell)[listed]
        rows.append(
            frame.assign(theme_id=theme_id(topic, at), topic=topic, label=label, stability=themes.stability[at])
        )
    return pd.concat(rows, ignore_index=True)[list(THEMES.columns)] if rows else THEMES.empty()


def _voiced(themes: Themes, speakers: Speakers) -> NDArray[np.bool_]:
    """Speakers x themes."""
    voiced = np.zeros((len(speakers.groups), len(themes.labels)), dtype=bool)
    told = themes.of_text != NO_THEME
    voiced[speakers.of_text[told], themes.of_text[told]] = True
    return voiced


def _safe(
    frame: pd.DataFrame,
    counts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    listed: NDArray[np.bool_],
    min_cell: int,
) -> pd.DataFrame:
    """`frame` (everybody first) without what tells of fewer than `min_cell` customers, by itself or by difference.

    Few who voice a theme, and few who do not, unless nobody does not.
    """
    silent = sizes - counts
    shown = listed[1:] & (counts >= min_cell) & ((silent == 0) | (silent >= min_cell))
    left = min(counts[~shown].sum(), silent[~shown].sum() or min_cell)
    total = counts.sum() >= min_cell and (shown.all() or left >= min_cell)
    rest = counts.sum() - counts >= min_cell
    keep = np.concatenate([[total], shown])
    own, others = ["value", "lower", "upper"], ["rest_value", "difference"]
    frame.loc[~keep, own] = np.nan
    frame.loc[~(keep & np.concatenate([[False], rest & total])), others] = np.nan
    return frame.assign(more=frame["more"] & keep)


def _rows(sizes: NDArray[np.int64], counts: NDArray[np.int64]) -> pd.DataFrame:
    n = np.concatenate([[sizes.sum()], sizes]).astype(np.float64)
    said = np.concatenate([[counts.sum()], counts]).astype(np.float64)
    lower, upper = share_interval(said, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        value, rest = said / n, (said[0] - said) / (n[0] - n)
    return pd.DataFrame(
        {
            "value": value,
            "lower": lower,
            "upper": upper,
            "n": n.astype(np.int64),
            "rest_value": rest,
            "difference": cohen_h(value, rest),
            "more": lower > rest,
        }
    )

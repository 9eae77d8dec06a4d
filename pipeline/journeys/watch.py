"""From when on and until when journeys can be watched, where their sources were not recorded all the time.

A move is seen only while all sources that enter stages are recorded. Journeys are therefore censored at the earliest
end of these sources (right censoring), and counted from the latest beginning (left truncation: a journey under way
then enters late, in the stage where it is known to be, and counts at no earlier moment). Sources that enter no stage
do not matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pipeline.core.errors import SettingsError
from pipeline.core.sources import Observation, SourceSettings


@dataclass(frozen=True)
class Watch:
    """Days in UTC: `begin` is the first day on which moves are seen, `end` the first on which they no longer are."""

    begin: date
    end: date

    def observation(self, given: Observation) -> Observation:
        """The observation that ends with the watch."""
        return given.model_copy(update={"end": self.end})


def watch_of(observation: Observation, sources: Mapping[str, SourceSettings], entering: Iterable[str]) -> Watch:
    """The watch over journeys whose stages are entered by events of the sources `entering`.

    Raises `SettingsError` where these sources have no day in common.
    """
    begins = {name: sources[name].observed_from for name in entering if name in sources}
    ends = {name: sources[name].observed_until for name in entering if name in sources}
    begin = max([observation.features_until, *(day for day in begins.values() if day)])
    end = min([observation.end, *(day for day in ends.values() if day)])
    if begin >= end:
        late = ", ".join(f"`{name}` from {day}" for name, day in sorted(begins.items()) if day)
        early = ", ".join(f"`{name}` until {day}" for name, day in sorted(ends.items()) if day)
        raise SettingsError(
            f"the sources that enter stages have no day in common: {late or 'all'} (`observed_from`), "
            f"{early or f'all until {observation.end}'} (`observed_until`). Correct the days, or take the "
            "stages of one of them off the ladder."
        )
    return Watch(begin, end)


def bounded(sources: Mapping[str, SourceSettings]) -> list[str]:
    """Sources that say from or until when they were recorded, in alphabetical order."""
    return sorted(name for name, source in sources.items() if source.observed_from or source.observed_until)

"""A small sample, made once, and its raw files as frames."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.sample.stage import Params, make_exports

SMALL = Params(seed=3, customers=600, events=24_000)


@dataclass(frozen=True)
class Sample:
    """Folders of the exports and the truth, and the truth itself."""

    raw: Path
    truth_folder: Path
    truth: dict[str, Any]

    def csv(self, name: str, **options: Any) -> pd.DataFrame:
        """A raw CSV file, all text, nothing read as missing."""
        return pd.read_csv(self.raw / name, dtype=str, keep_default_na=False, **options)

    def persona_of(self, space: str, values: pd.Series) -> pd.Series:
        """The planted persona of each identifier; missing where it is nobody's."""
        return values.map(self.truth["identities"][space]).map(self.truth["customers"])


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("sample")
    make_exports(SMALL, folder / "raw", folder / "truth")
    truth = json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))
    return Sample(folder / "raw", folder / "truth", truth)


@pytest.fixture(scope="session")
def lines(sample: Sample) -> pd.DataFrame:
    """All readable lines of the event log as delivered, in order of arrival, one column per field that tests need."""
    rows = []
    for path in sorted((sample.raw / "segment").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                message = json.loads(line)
            except json.JSONDecodeError:
                continue
            context = message["context"]
            rows.append(
                {key: message.get(key) for key in ("messageId", "type", "event", "userId", "anonymousId", "timestamp")}
                | {key: message[key] for key in ("originalTimestamp", "sentAt", "receivedAt")}
                | {
                    "email": message.get("traits", {}).get("email"),
                    "device": context.get("device", {}).get("type"),
                    "channel": context.get("campaign", {}).get("medium"),
                    "zone": context["timezone"],
                    "ip": context["ip"],
                    "part": path.name,
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def own(sample: Sample, lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of the customers within the year, each message once, with customer, persona, ts (UTC) and local time."""
    frame = lines.drop_duplicates("messageId")
    frame = frame.assign(
        customer=frame["anonymousId"].map(sample.truth["identities"]["anonymous"]),
        persona=sample.persona_of("anonymous", frame["anonymousId"]),
        ts=pd.to_datetime(frame["timestamp"], utc=True),
    )
    within = (frame["ts"] >= "2025-01-01") & (frame["ts"] < "2026-01-01") & frame["customer"].notna()
    frame = frame[within].copy()
    local = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    for zone, rows in frame.groupby("zone"):
        local[rows.index] = rows["ts"].dt.tz_convert(zone).dt.tz_localize(None).astype("datetime64[us]")
    return frame.assign(local=local)

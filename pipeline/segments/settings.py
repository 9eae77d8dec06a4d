"""The `segments` block of params.yaml."""

from typing import Annotated

from pydantic import Field

from pipeline.core.settings import Settings

FEW_CUSTOMERS = 500
"""Of fewer, workers take longer to begin than they save."""


class Params(Settings):
    """How to segment; see params.yaml for what each key means."""

    seed: int = Field(ge=0)
    fit_customers: int = Field(ge=50)
    max_segments: int = Field(ge=2, le=20)
    min_segment_share: float = Field(ge=0, lt=0.5)
    starts: int = Field(ge=1)
    umap_seeds: int = Field(ge=0)
    umap_neighbors: int = Field(ge=2)
    resamples: int = Field(ge=2)
    null_resamples: int = Field(ge=19)
    min_probability: float = Field(ge=0, le=1)
    min_stability: float = Field(ge=0, le=1)


class StageParams(Params):
    """The whole block `segments`: how to segment, on two levels, and how to make the typing tool."""

    workers: int = Field(ge=1, le=64)
    bootstrap_runs: int = Field(ge=0)
    most_subsegments: int = Field(ge=1, le=10)
    typing_fields: int = Field(ge=1, le=20)
    typing_accuracy: float = Field(gt=0, le=1)
    typing_min_probability: float = Field(ge=0, lt=1)
    typing_costs: dict[str, Annotated[float, Field(ge=0)]]

    def processes(self, customers: int) -> int:
        """Workers worth their beginning for so many customers."""
        return self.workers if customers >= FEW_CUSTOMERS else 1

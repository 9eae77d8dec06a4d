"""Tables that stage `segments` writes to `data/segments/`."""

from pipeline.core.tables import Column, Table

STAGE = "segments"
UNASSIGNED = -1

MEMBERS = Table(
    STAGE,
    "members",
    "One row per customer, ordered by customer_id. Segment 0 is the largest; further columns `p_0`, `p_1`, … hold the "
    "soft membership of every customer in every segment (they sum to 1), and `subsegment` the part of the segment that "
    "the customer is in (table `subsegments`; -1 = none).",
    {
        "customer_id": Column("text", "pseudonym of the customer, 16 hex digits"),
        "segment": Column("integer", "segment, -1 = unassigned", lowest=-1),
        "probability": Column("number", "membership of the most likely segment", lowest=0, highest=1),
        "assigned_by": Column("text", "how the segment was given", allowed=("fit", "nearest", "unassigned")),
    },
    key=("customer_id",),
    open=True,
)

CANDIDATES = Table(
    STAGE,
    "candidates",
    "Every solution tried, with its scores and why it was or was not chosen.",
    {
        "candidate": Column("text", "name of the solution, e.g. `latent-class-5`"),
        "family": Column("text", "method family, e.g. `latent class`, `UMAP + HDBSCAN`"),
        "segments": Column("integer", "number of segments", lowest=0),
        "classes": Column("integer", "classes of its model: more than segments where some were joined", lowest=0),
        "unassigned_share": Column("number", "share of customers in no segment", lowest=0, highest=1),
        "stability": Column(
            "number", "smallest per-segment bootstrap Jaccard, missing where not computed", nullable=True
        ),
        "agreement": Column(
            "number", "mean adjusted Rand index between seeds or starts, missing where not computed", nullable=True
        ),
        "score": Column(
            "number",
            "what it tells about all columns per customer, net of naming the segments; the same for all families",
            nullable=True,
        ),
        "chosen": Column("flag", "whether this solution was chosen"),
        "reason": Column("text", "why it was or was not chosen"),
    },
    key=("candidate",),
)

STABILITY = Table(
    STAGE,
    "stability",
    "Per-segment stability under resampling (Hennig 2007).",
    {
        "segment": Column("integer", "segment", lowest=0),
        "size": Column("integer", "customers in it", lowest=0),
        "jaccard": Column(
            "number", "mean over resamples of the best Jaccard match", lowest=0, highest=1, nullable=True
        ),
        "verdict": Column("text", "reading of the mean", allowed=("highly stable", "valid", "pattern", "not shown")),
    },
    key=("segment",),
)

MAP = Table(
    STAGE,
    "map",
    "Two-dimensional picture of the customers of whom something is known; distances in it prove nothing.",
    {
        "customer_id": Column("text", "pseudonym of the customer, 16 hex digits"),
        "x": Column("number", "horizontal position, no unit"),
        "y": Column("number", "vertical position, no unit"),
    },
    key=("customer_id",),
)

RESAMPLED = Table(
    STAGE,
    "resampled_members",
    "Customers drawn anew and clustered anew, `segments.bootstrap_runs` times, one row per customer, ordered by "
    "customer_id. Further columns of run r: `copies_r`, how often the customer was drawn, and `segment_r`, the segment "
    "of `members` that the customer is in then, -1 = none of them. No runs where there are no segments.",
    {"customer_id": Column("text", "pseudonym of the customer, 16 hex digits")},
    key=("customer_id",),
    open=True,
)

SUBSEGMENTS = Table(
    STAGE,
    "subsegments",
    "The second level: natural parts of a segment, largest first; no rows where no segment has any.",
    {
        "segment": Column("integer", "segment that it is a part of", lowest=0),
        "subsegment": Column("integer", "number within the segment", lowest=0),
        "size": Column("integer", "customers in it", lowest=0),
        "share": Column("number", "of the segment's customers", lowest=0, highest=1),
        "jaccard": Column("number", "mean over resamples of the segment of the best match", lowest=0, highest=1),
        "verdict": Column("text", "reading of the mean", allowed=("highly stable", "valid")),
        "told_by": Column("text", "columns that tell the parts of the segment apart, the best first, up to five"),
    },
    key=("segment", "subsegment"),
)

CONSENSUS = Table(
    STAGE,
    "consensus",
    "How often customers of two segments are in one segment when the analysis is repeated on two thirds of them.",
    {
        "segment": Column("integer", "segment", lowest=0),
        "other": Column("integer", "the same or another segment", lowest=0),
        "together": Column("number", "mean share of pairs, one customer of each, that meet", lowest=0, highest=1),
    },
    key=("segment", "other"),
)

SILHOUETTE = Table(
    STAGE,
    "silhouette",
    "Quantiles of the silhouette (Rousseeuw 1987) of a segment's customers in the encoded columns; below 0 a customer "
    "is nearer to another segment. Segments are found by likelihood, so that low values do not speak against them.",
    {
        "segment": Column("integer", "segment", lowest=0),
        "share": Column("number", "of the segment's customers below the value", lowest=0, highest=1),
        "silhouette": Column("number", "value", lowest=-1, highest=1),
    },
    key=("segment", "share"),
)

TYPING_FILE = "typing_tool.json"
"""JSON beside the tables: the scorecard that types new customers (`typing_tool.Tool`); {"version": 1, "segments": 0,
"why": text} where there is none. `typing_tool.html` is the same on one page, `typing_tool.sql` the same for DuckDB, and
`typing_tool.<dialect>.sql` for postgres, bigquery and snowflake."""

CONTINUITY_FILE = "continuity.json"
"""JSON beside the tables: what became of the baseline's personas (`continuity_report.report`); {"baseline": false, …}
where there is none."""

SNAPSHOT_FILE = "snapshot.json"
"""JSON beside the tables: this solution as `personas promote` would freeze it (`baseline.snapshot`)."""

SUMMARY_FILE = "segments.json"
"""JSON beside the tables: {"verdict": "natural" | "reproducible" | "none", "sentence": text, "chosen": candidate,
"family": text, "segments": n, "unassigned_share": x, "null_p": p or null, "continuum_p": p of a continuum
with the same correlations or null, "beyond_continuum": share of the structure that it lacks or null, "valley": density
between the two segments least apart, relative to the lower peak, or null, "shading": the same on the axis by which
classes are joined (`joined`), or null, "reference_agreement": ARI of the chosen solution and the best of the other
families or null, "columns": [segmentation columns], "dropped_columns": {column:
reason}, "carriers": [columns, the one that separates the segments most first], "persona_ids": {segment: persona_id of
those that are personas}, "typing": how good the typing tool is (`typing_outputs.facts`)}."""

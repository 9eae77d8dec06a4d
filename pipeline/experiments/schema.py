"""Tables that stage `experiments` writes to `data/experiments/`. Empty where no experiment is declared."""

from pipeline.core.tables import Column, Table

STAGE = "experiments"

EFFECTS = Table(
    STAGE,
    "effects",
    "Effect of each variant against control on a yes/no outcome, for all exposed customers and per persona.",
    {
        "experiment": Column("text", "name in sources.yaml"),
        "group": Column("text", "`all`, a persona_id or `unassigned`"),
        "variant": Column("text", "arm"),
        "outcome": Column("text", "what was counted, in words"),
        "n_control": Column(
            "integer", "exposed customers in the control arm, followed up for the whole outcome window", lowest=0
        ),
        "n_variant": Column("integer", "the same in the variant's arm", lowest=0),
        "share_control": Column("number", "share with the outcome", lowest=0, highest=1, nullable=True),
        "share_variant": Column("number", "share with the outcome", lowest=0, highest=1, nullable=True),
        "effect": Column("number", "difference of shares", nullable=True),
        "lower": Column(
            "number", "95 % interval (Newcombe), not corrected for the number of comparisons", nullable=True
        ),
        "upper": Column("number", "95 % interval", nullable=True),
        "p_value": Column("number", "two-sided z-test of equal shares", lowest=0, highest=1, nullable=True),
        "p_adjusted": Column(
            "number", "Holm over the personas and variants of the experiment", lowest=0, highest=1, nullable=True
        ),
    },
    key=("experiment", "group", "variant"),
)

CHECKS = Table(
    STAGE,
    "checks",
    "Whether an experiment can be trusted.",
    {
        "experiment": Column("text", "name in sources.yaml"),
        "check": Column("text", "sample ratio, interaction, or follow-up"),
        "statistic": Column("number", "test statistic", nullable=True),
        "p_value": Column("number", "p-value", lowest=0, highest=1, nullable=True),
        "passed": Column("flag", "whether nothing speaks against reading the effects"),
        "reading": Column("text", "what it means in words"),
    },
    key=("experiment", "check"),
)

NEXT_TESTS = Table(
    STAGE,
    "next_tests",
    "What a next test of two arms would need: to lift the share of journeys that reach a stage by a given difference.",
    {
        "group": Column("text", "`all`, a persona_id or `unassigned`"),
        "stage": Column("text", "stage of the journey"),
        "effect": Column("number", "difference of shares to find", lowest=0, highest=1),
        "today": Column("number", "share that reaches it, open ends accounted for", nullable=True),
        "lower": Column("number", "lower end of its 95 % interval", nullable=True),
        "upper": Column("number", "upper end", nullable=True),
        "journeys": Column("integer", "journeys in the data", lowest=0),
        "needed_per_arm": Column("number", "journeys in each arm; missing where it cannot be", nullable=True),
        "detectable": Column("number", "smallest rise that as many journeys as in the data would find", nullable=True),
        "power": Column("number", "chance to find it", lowest=0, highest=1),
        "powered": Column("flag", "whether as many journeys as in the data would be enough"),
    },
    key=("group", "stage", "effect"),
)

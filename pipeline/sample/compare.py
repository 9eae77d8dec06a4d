"""Compare a finished run with the planted truth: `python -m pipeline.sample.compare --truth FOLDER --data data`.

Prints one line on standard output, `ari=… personas=… unassigned=… coverage=…`:

ari         adjusted Rand index (Hubert and Arabie 1985) with the planted personas, where there is one
personas    number of personas found
unassigned  share of the matched customers without a persona
coverage    share of planted persona x transition probabilities inside the reported 95 % intervals; each planted
            persona is compared with the found one that holds most of its customers

With `--identity` a second line, `linked=… precision=… recall=…`: the share of planted identifiers that the run knows;
of the pairs of identifiers that it put into one customer, the share that belong together; of the pairs that belong
together, the share that it put into one customer.

With `--statements` every planted statement follows, recovered or not, with the claim or theme that says it; last the
line `statements=… recovered=… share=… claims=… false=…`: claims are false where the planted persona differs from the
others the other way, or by less than half of what may be claimed.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core import tables
from pipeline.core.errors import InputError, PipelineError
from pipeline.core.pseudonym import load_key, pseudonym
from pipeline.core.stage import FAILED, say
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.ingest.schema import IDENTITIES
from pipeline.journeys.schema import TRANSITIONS
from pipeline.personas.schema import CLAIMS, PERSONAS_FILE, THEMES
from pipeline.sample.recovered import judged, majority, recovered
from pipeline.sample.truth import TRUTH_FILE
from pipeline.segments.schema import MEMBERS, UNASSIGNED


def linked(truth: dict[str, Any], identities: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """Planted identifiers that the run knows: record (true customer), space, customer_id (found customer)."""
    planted = pd.DataFrame(
        [
            (record, space, pseudonym(key, space, value))
            for space, owners in truth["identities"].items()
            for value, record in owners.items()
        ],
        columns=["record", "space", "identifier"],
    )
    return planted.merge(identities[["space", "identifier", "customer_id"]], on=["space", "identifier"])


def matched(
    truth: dict[str, Any], links: pd.DataFrame, members: pd.DataFrame, segments: dict[int, str]
) -> pd.DataFrame:
    """One row per planted customer that the run knows by Record ID: planted persona, found persona_id or missing."""
    contacts = links[(links["space"] == "contact") & links["record"].isin(list(truth["customers"]))]
    contacts = contacts.drop_duplicates("record").merge(members[["customer_id", "segment"]], on="customer_id")
    return pd.DataFrame(
        {
            "record": contacts["record"],
            "planted": contacts["record"].map(truth["customers"]),
            "found": contacts["segment"].where(contacts["segment"] != UNASSIGNED).map(segments),
        }
    )


def agreement(pairs: pd.DataFrame) -> float:
    """Adjusted Rand index on the rows with a found persona; NaN where there are none."""
    from sklearn.metrics import adjusted_rand_score

    known = pairs[pairs["found"].notna()]
    return float(adjusted_rand_score(known["planted"], known["found"])) if len(known) else float("nan")


def cells(truth: dict[str, Any], pairs: pd.DataFrame, transitions: pd.DataFrame) -> pd.DataFrame:
    """One row per planted persona x transition: planted probability, reported interval, covered."""
    counts = pd.crosstab(pairs["planted"], pairs["found"])
    rows = [
        (name, counts.loc[name].idxmax() if name in counts.index else None, stage, to, probability)
        for name, stages in truth["transitions"].items()
        for stage, moves in stages.items()
        for to, probability in moves.items()
    ]
    planted = pd.DataFrame(rows, columns=["planted", "group", "from", "to", "truth"])
    reported = transitions[transitions["group_by"] == "persona"]
    wanted = ["group", "from", "to", "probability", "lower", "upper"]
    joined = planted.merge(reported[wanted], on=["group", "from", "to"], how="left")
    inside = (joined["lower"] <= joined["truth"]) & (joined["truth"] <= joined["upper"])
    return joined.assign(covered=inside)


def identity_quality(truth: dict[str, Any], links: pd.DataFrame) -> dict[str, float]:
    """Share of identifiers known, pairwise precision and recall of the joins among them."""
    planted = sum(len(owners) for owners in truth["identities"].values())
    both = _pairs(links.groupby(["record", "customer_id"]).size())
    found, true = _pairs(links.groupby("customer_id").size()), _pairs(links.groupby("record").size())
    return {
        "linked": len(links) / planted,
        "precision": both / found if found else float("nan"),
        "recall": both / true if true else float("nan"),
    }


def _pairs(sizes: pd.Series) -> float:
    return float((sizes * (sizes - 1) / 2).sum())


def statement_lines(truth: dict[str, Any], links: pd.DataFrame, pairs: pd.DataFrame, data: Path) -> list[str]:
    """Every planted statement and what says it, then the counts."""
    claims, themes = tables.read(data / "personas", CLAIMS), tables.read(data / "personas", THEMES)
    of = majority(pairs)
    found = recovered(truth["statements"], claims, themes, of)
    contacts = links[(links["space"] == "contact") & links["record"].isin(list(truth["customers"]))]
    record = contacts.drop_duplicates("customer_id").set_index("customer_id")["record"]
    planted = record.map(truth["customers"])
    features, dictionary = tables.read(data / "features", FEATURES), tables.read(data / "features", DICTIONARY)
    false = judged(claims, features, dictionary, planted, of)
    about = found[["persona", "kind", "text", "evidence"]].agg("\t".join, axis=1)
    lines = [f"{'recovered' if by else 'missed'}\t{words}" for by, words in zip(found["found"], about, strict=True)]
    lines += [
        f"false\t{row['claim_id']}\t{row['difference']:.2f}, planted {row['planted_difference']:.2f}"
        for row in false[false["false"]].to_dict("records")
    ]
    made, said = len(found), int((found["found"] != "").sum())
    share = f"{said / made:.3f}" if made else "nan"
    wrong = f"{false['false'].mean():.3f}" if len(false) else "nan"
    return [*lines, f"statements={made} recovered={said} share={share} claims={len(false)} false={wrong}"]


def summary(truth_folder: Path, data: Path, dataset: Path, identity: bool, statements: bool = False) -> list[str]:
    """The lines to print."""
    truth = tables.read_json(truth_folder / TRUTH_FILE, "sample")
    if not dataset.is_dir():
        raise InputError(f"{dataset}: no such dataset folder. Run stage `sample` first (`dvc repro sample`).")
    links = linked(truth, tables.read(data / "ingest", IDENTITIES), load_key(dataset))
    if links.empty:
        raise InputError(f"{data / 'ingest'}: none of the planted identifiers is known. Is this a run on {dataset}?")
    found = tables.read_json(data / "personas" / PERSONAS_FILE, "personas")["personas"]
    segments = {int(persona["segment"]): str(persona["persona_id"]) for persona in found}
    pairs = matched(truth, links, tables.read(data / "segments", MEMBERS), segments)
    covered = cells(truth, pairs, tables.read(data / "journeys", TRANSITIONS))["covered"]
    facts = {
        "ari": f"{agreement(pairs):.3f}",
        "personas": str(len(found)),
        "unassigned": f"{pairs['found'].isna().mean():.3f}",
        "coverage": f"{covered.mean():.3f}",
    }
    lines = [facts]
    if identity:
        lines.append({name: f"{value:.4f}" for name, value in identity_quality(truth, links).items()})
    printed = [" ".join(f"{name}={value}" for name, value in line.items()) for line in lines]
    return [*printed, *(statement_lines(truth, links, pairs, data) if statements else [])]


def main(argv: list[str] | None = None) -> int:
    """Parse the paths, print the summary; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m pipeline.sample.compare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--truth", type=Path, required=True, help="folder of the planted truth", metavar="PATH")
    parser.add_argument("--data", type=Path, required=True, help="folder of the stages' tables", metavar="PATH")
    parser.add_argument(
        "--dataset", type=Path, default=Path("data/raw/sample"), help="folder of the exports", metavar="PATH"
    )
    parser.add_argument("--identity", action="store_true", help="also print how well identifiers were joined")
    parser.add_argument(
        "--statements", action="store_true", help="also print every planted statement, recovered or not"
    )
    given = parser.parse_args(argv)
    try:
        lines = summary(given.truth, given.data, given.dataset, given.identity, given.statements)
    except PipelineError as error:
        say(f"error: {error}")
        return FAILED
    sys.stdout.write("\n".join([*lines, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The planted truth, for `compare` and for tests. No stage reads it."""

from typing import Any

from pipeline.sample import lives, mailing, statements
from pipeline.sample.law import DROPOFF, HORIZON_DAYS, INACTIVITY_DAYS, LAW, STAGES
from pipeline.sample.people import People

TRUTH_FILE = "truth.json"


def make_truth(seed: int, people: People, owners: dict[str, int]) -> dict[str, Any]:
    """What was planted; `owners`: anonymous id -> customer of every device that was used.

    personas: name, share, customers, statements. statements: all that
    the tables plant (`statements.Statement`). customers: Record ID -> persona. transitions: persona -> stage ->
    next stage -> probability within `horizon_days`. experiments: name -> persona -> variant -> click rate.
    identities: space -> identifier -> Record ID of the customer (the newest contact; e-mails in lower case).
    """
    records = people.record_ids
    older = {old: record for old, record in zip(people.older_record_ids, records, strict=True) if old}
    named = [lives.PERSONAS[p] for p in people.personas]
    told = lives.statements()
    return {
        "seed": seed,
        "personas": [
            {"name": name, "share": share, "customers": named.count(name), "statements": told[name]}
            for name, share in zip(lives.PERSONAS, lives.SHARES, strict=True)
        ],
        "statements": statements.as_json(),
        "customers": dict(zip(records, named, strict=True)),
        "stages": [*STAGES, DROPOFF],
        "horizon_days": HORIZON_DAYS,
        "inactivity_days": INACTIVITY_DAYS,
        "transitions": {
            name: {stage: {to: chances[i] for to, chances in moves.items()} for stage, moves in LAW.items()}
            for i, name in enumerate(lives.PERSONAS)
        },
        "experiments": {
            mailing.EXPERIMENT: {
                name: {variant: rates[i] for variant, rates in mailing.CLICK_RATES.items()}
                for i, name in enumerate(lives.PERSONAS)
            }
        },
        "identities": {
            "contact": {record: record for record in records} | older,
            "email": dict(zip(people.emails, records, strict=True)),
            "user": dict(zip(people.user_ids, records, strict=True)),
            "anonymous": {device: records[customer] for device, customer in owners.items()},
        },
    }

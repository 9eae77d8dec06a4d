"""Personas handed to tools that act on them: who, at which stage now, what to do there; and one's own list of ids."""

import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core import tables
from pipeline.core.pseudonym import pseudonym
from pipeline.ingest.schema import IDENTITIES
from pipeline.journeys.schema import SPELLS
from pipeline.report.activation import activation, for_list, stages_now
from pipeline.report.content.plan import busiest, foremost, plan
from pipeline.segments.schema import MEMBERS

LADDER = ["visit", "buy"]
KEY = b"k" * 32


def spells(*rows):
    columns = ("customer_id", "case_id", "from", "to", "start", "stop", "entered")
    return pd.DataFrame(rows, columns=columns).assign(persona_id="persona-1")


def test_the_stage_now_is_the_last_one_entered():
    found = stages_now(
        spells(
            ("b", "b", "visit", "gone", 0.0, 4.0, 0.0),
            ("b", "b", "gone", None, 4.0, 9.0, 4.0),
            ("a", "a", "visit", None, 3.0, 5.0, 1.0),
            ("c", "c", "visit", "buy", 0.0, 2.0, 0.0),
        ),
        LADDER,
    ).set_index("customer_id")
    assert found["stage"].to_dict() == {"a": "visit", "b": "gone", "c": "buy"}
    assert found["days_in_stage"].to_dict() == {"a": 4.0, "b": 5.0, "c": 0.0}


def test_of_several_journeys_the_furthest_counts_in_any_order():
    rows = [
        ("a", "a-1", "buy", None, 0.0, 1.0, 0.0),
        ("a", "a-2", "visit", None, 0.0, 8.0, 0.0),
        ("a", "a-3", "gone", None, 0.0, 3.0, 0.0),
    ]
    for order in (rows, rows[::-1]):
        found = stages_now(spells(*order), LADDER)
        assert found[["customer_id", "stage"]].to_numpy().tolist() == [["a", "buy"]]


def members(*segments):
    ids = [f"c{i}" for i in range(len(segments))]
    return pd.DataFrame({"customer_id": ids, "segment": segments, "probability": 0.75, "assigned_by": "fit"})


PERSONAS = {"personas": [{"persona_id": "persona-1", "segment": 0, "name": "Early birds"}]}
PLAN = {
    "say": [{"label": "Price"}, {"label": "Speed"}],
    "device": {"label": "mobile"},
    "channel": "email",
    "when": "5–8 h, most on Fridays",
    "stages": [
        {"stage": "visit", "pain": {"label": "Slow"}, "channel": {"channel": "search"}, "when": ""},
        {"stage": "buy", "pain": None, "channel": None, "when": "9–12 h, most on Mondays"},
    ],
}


def test_each_customer_gets_the_plan_of_persona_and_stage():
    now = pd.DataFrame({"customer_id": ["c0", "c1", "c3"], "stage": ["visit", "buy", "gone"], "days_in_stage": 2.0})
    found = activation(members(0, 0, -1, 0, 0), PERSONAS, now, {"persona-1": PLAN}).set_index("customer_id")
    assert list(found["persona_id"]) == ["persona-1", "persona-1", "unassigned", "persona-1", "persona-1"]
    assert found.loc["c0", ["say", "put_right", "channel", "when"]].tolist() == [
        "Price; Speed", "Slow", "search", "5–8 h, most on Fridays",
    ]  # fmt: skip
    assert found.loc["c1", ["channel", "when"]].tolist() == ["email", "9–12 h, most on Mondays"]
    assert found.loc["c2", ["say", "channel", "stage"]].isna().all()
    for off_the_ladder in ("c3", "c4"):
        assert found.loc[off_the_ladder, ["say", "channel", "device"]].tolist() == ["Price; Speed", "email", "mobile"]
        assert pd.isna(found.loc[off_the_ladder, "put_right"])


def test_a_list_keeps_its_rows_and_order():
    now = pd.DataFrame({"customer_id": ["c0"], "stage": ["visit"], "days_in_stage": [2.0]})
    table = activation(members(0, -1), PERSONAS, now, {"persona-1": PLAN})
    identities = pd.DataFrame({"customer_id": ["c0", "c1", "c0"], "space": ["no", "no", "email"],
                               "identifier": ["p0", "p1", "p0"], "source": "crm"})  # fmt: skip
    found = for_list(table, identities, ["p1", "who", "p0", "p0"], "no")
    assert found["persona_id"].fillna("").tolist() == ["unassigned", "", "persona-1", "persona-1"]


def cells(**shares):
    rows = pd.DataFrame([(d, h) for d in range(7) for h in range(24)], columns=["weekday", "hour"])
    rows["share"] = 0.0
    for slot, share in shares.items():
        day, hour = (int(part) for part in slot[1:].split("_"))
        rows.loc[(rows["weekday"] == day) & (rows["hour"] == hour), "share"] = share
    return rows


def test_the_busiest_hours_may_pass_midnight():
    assert busiest(cells(h4_23=0.3, h5_0=0.3, h5_1=0.2, h2_12=0.2)) == "23–2 h, most on Saturdays"
    assert busiest(cells(h0_21=0.4, h0_22=0.3, h0_23=0.3)) == "21–24 h, most on Mondays"


def test_no_hours_are_told_where_most_of_the_activity_is_hidden():
    assert busiest(cells(h0_9=0.3)) == ""
    assert busiest(cells(h0_0=0.6, h1_0=0.4)) == "most on Mondays", "dates without times"
    assert busiest(cells().iloc[:0]) == ""


def profile(*rows):
    columns = ("topic", "measure", "item", "channel", "value", "count", "base", "lower", "upper")
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(persona="p", stage="visit", unit="share", base_is="", status="measured")


CONTACT = [
    ("touchpoint", "share of contact", "home", "direct", 0.5, 500, 1000, 0.47, 0.53),
    ("touchpoint", "share of contact", "home_page", "email", 0.2, 200, 1000, 0.17, 0.23),
    ("touchpoint", "share of contact", "home_page", "paid", 0.15, 150, 1000, 0.12, 0.18),
    ("touchpoint", "share of contact", "cart", "paid", 0.15, 150, 1000, 0.12, 0.18),
    ("channel", "share of contact", "", "direct", 0.5, 500, 1000, 0.47, 0.53),
    ("channel", "share of contact", "", "email", 0.2, 200, 1000, 0.17, 0.23),
    ("channel", "share of contact", "", "paid", 0.3, 300, 1000, 0.27, 0.33),
]


def test_a_channel_counts_with_all_its_contact_and_direct_visits_are_none():
    assert foremost(profile(*CONTACT)) == "paid"
    assert foremost(profile(*CONTACT[:5])) is None


def test_of_pains_the_one_that_weighs_most_is_first():
    pains = [
        ("pain", "frequency", "often, harmless", "", 0.6, 600, 1000, 0.57, 0.63),
        ("pain", "frequency", "grave", "", 0.3, 300, 1000, 0.27, 0.33),
        ("pain", "index", "often, harmless", "", 0.01, 600, 1000, None, None),
        ("pain", "index", "grave", "", 0.05, 300, 1000, None, None),
    ]
    frames = {"stage_profile": profile(*CONTACT, *pains), "rhythm": cells().iloc[:0].assign(persona="p", stage="all")}
    advised = {"do": [{"lead": "Offer", "label": "Price", "cell": {}}, {"lead": "Meet them here", "label": "x"}]}
    made = plan("p", advised, frames, LADDER, 10, {})
    assert [i["label"] for i in made["say"]] == ["Price"]
    first, second = made["stages"]
    assert (first["pain"]["label"], first["pain"]["cell"]["text"]) == ("grave", "30%")
    assert (first["channel"]["channel"], first["channel"]["label"]) == ("paid", "cart")
    assert first["channel"]["cell"]["text"] == "30%"
    assert (second["pain"], second["channel"], second["when"]) == (None, None, "")


def test_what_leads_to_a_stage_is_no_place_to_meet_them_there():
    frames = {"stage_profile": profile(*CONTACT), "rhythm": cells().iloc[:0].assign(persona="p", stage="all")}
    ladders = (["visit", "buy"], ["arrive", "visit"])
    made = [plan("p", {"do": []}, frames, ladder, 10, {"visit": {"cart"}})["stages"] for ladder in ladders]
    labels = [next(s["channel"]["label"] for s in stages if s["stage"] == "visit") for stages in made]
    assert labels == ["cart", "home page"], "in the first stage it is how they come; in a later one what is hoped for"


@pytest.fixture
def activate(report, tmp_path, monkeypatch):
    """`personas activate` on made-up tables, with identities that the ids M0, M1 … of a list belong to."""
    folder, data = report("five"), tmp_path / "tables"
    shutil.copytree(folder.parent / "data", data)
    ids = tables.read(data / "segments", MEMBERS)["customer_id"]
    who = pd.DataFrame({"customer_id": ids, "space": "member", "source": "crm"})
    who["identifier"] = [pseudonym(KEY, "member", f"M{i}") for i in range(len(ids))]
    mails = who.assign(space="email", identifier=[pseudonym(KEY, "email", f"m{i}@x.example") for i in range(len(ids))])
    who = pd.concat([who, mails])
    who = who.sort_values(["space", "identifier"], ignore_index=True)[list(IDENTITIES.columns)]
    tables.write(who, data / "ingest", IDENTITIES)
    monkeypatch.setenv("PERSONAS_PSEUDONYM_KEY", KEY.decode())
    monkeypatch.chdir(tmp_path)

    def call(*words):
        done = CliRunner().invoke(
            app, ["activate", *words, "--data", str(data), "--report", str(folder), "--dataset", str(tmp_path)]
        )
        return done.exit_code, done.output

    return call


def test_every_customer_has_one_row(activate, report, tmp_path):
    code, shown = activate("--out", "who.csv")
    assert code == 0, shown
    found = pd.read_csv(tmp_path / "who.csv")
    data = report("five").parent / "data"
    rows = tables.read(data / "segments", MEMBERS)
    assert found["customer_id"].tolist() == rows["customer_id"].tolist()
    started = tables.read(data / "journeys", SPELLS)["customer_id"].nunique()
    assert found["stage"].notna().sum() == started
    assert f"{len(rows):,} rows" in shown
    plans = json.loads((report("five") / "content.json").read_text(encoding="utf-8"))["pages"]
    assert set(found["persona_id"]) - {"unassigned"} == set(plans)


def test_a_list_of_ones_own_is_answered_under_its_ids(activate, tmp_path):
    (tmp_path / "crm.csv").write_text("No,Town\nM1,Ulm\nnobody,Ulm\nM0,Bonn\n", encoding="utf-8")
    code, shown = activate("crm.csv", "--id", "No", "--space", "member", "--out", "who.csv")
    assert code == 0, shown
    assert "1 of the list not among the customers" in shown
    found = pd.read_csv(tmp_path / "who.csv")
    assert found["No"].tolist() == ["M1", "nobody", "M0"]
    assert found["persona_id"].isna().tolist() == [False, True, False]
    assert "customer_id" not in found


def test_e_mails_are_read_as_ingest_reads_them(activate, tmp_path):
    (tmp_path / "crm.csv").write_text("Mail\n M1@X.Example \n\nm0@x.example\n", encoding="utf-8")
    code, shown = activate("crm.csv", "--id", "Mail", "--space", "email", "--out", "who.csv")
    assert code == 0, shown
    assert pd.read_csv(tmp_path / "who.csv")["persona_id"].notna().all()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--out", "who.csv"], "needs --id"),
        (["--id", "No", "--space", "member", "--out", "data/who.csv"], "real ids do not belong into"),
        (["--id", "No", "--space", "mail", "--out", "who.csv"], "no such ids in this run; there are email, member"),
        (["--id", "Town", "--space", "member", "--out", "who.csv"], "none of the 1 ids is a customer of this run"),
    ],
)
def test_what_cannot_be_answered_is_told(activate, tmp_path, words, told):
    (tmp_path / "crm.csv").write_text("No,Town\nM1,Ulm\n", encoding="utf-8")
    code, shown = activate("crm.csv", *words)
    assert code == 1
    assert told in " ".join(shown.split())
    assert not list(tmp_path.rglob("who.csv"))

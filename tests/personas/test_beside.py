"""Card, examples, days, reach, respondents, matrix, touchpoints, competitors: planted figures come back."""

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import InputError, SettingsError
from pipeline.core.sources import Observation
from pipeline.personas.competitors import competitors
from pipeline.personas.document import SCHEMA_FILE, schema_text
from pipeline.personas.evaluation import evaluation, totals
from pipeline.personas.exemplars import exemplars
from pipeline.personas.groups import Grouping, everyone
from pipeline.personas.perception import FORM, form_rows, perception, read_answers
from pipeline.personas.reach import reach
from pipeline.personas.react import readability
from pipeline.personas.respondents import nonresponse, satisfaction, weights
from pipeline.personas.rhythm import Sums, rhythm, told
from pipeline.personas.satisfaction import Score
from pipeline.personas.schema import REACT
from pipeline.personas.stage import main
from pipeline.personas.team import Annotation, Quote, Review, annotations, read_team, reviews, with_approval
from pipeline.personas.touchpoints import touchpoints
from pipeline.report.content.card import CHECKS
from tests.personas.company_for_tests import company, write_company
from tests.personas.tables_for_tests import customer_ids, dictionary_of, entry, features_of

TWO = ("persona-1", "persona-2")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company")
    paths = write_company(folder, company())
    main(paths)
    return paths


def test_personas_json_keeps_to_the_published_schema_and_the_published_file_is_current(done, root):
    published = (root / SCHEMA_FILE).read_text(encoding="utf-8")
    assert published == schema_text(), "run `personas schema > docs/formats/personas.schema.json`"
    content = json.loads((done.out / "personas.json").read_text(encoding="utf-8"))
    jsonschema.validate(content, json.loads(published))
    with pytest.raises(jsonschema.ValidationError, match="'name' is a required property"):
        first = {k: v for k, v in content["personas"][0].items() if k != "name"}
        jsonschema.validate({**content, "personas": [first]}, json.loads(published))


def test_every_letter_of_the_card_has_evidence_and_a_result(done):
    table = pd.read_parquet(done.out / REACT.file)
    assert table.groupby("persona_id")["letter"].nunique().tolist() == [5, 5]
    failing = table[table["result"] != "not supplied"]
    least = failing["least"]
    good = np.where(least, failing["value"] >= failing["threshold"], failing["value"] <= failing["threshold"])
    assert (good == (failing["result"] == "pass")).all()
    assert table.loc[table["check"] == "readers find it clear", "result"].eq("not supplied").all()
    assert set(table["check"]) == set(CHECKS), "the report tells every check in a reader's words"
    card = json.loads((done.out / "personas.json").read_text(encoding="utf-8"))["personas"][0]["react"]
    assert card["real"] == "pass"


def test_reading_ease_of_a_known_sentence():
    # 6 words, 6 syllables: 206.835 - 1.015 * 6 - 84.6 = 116.145, told as 100 at most.
    assert readability(["The cat sat on the mat."]) == (6.0, 100.0)
    words, ease = readability(["Organisational considerations necessitate comprehensive documentation."])
    assert (words, ease < 0) == (5.0, True)


def test_the_medoid_has_the_least_squared_distance_to_all_and_examples_are_shared_by_many():
    rng = np.random.default_rng(3)
    columns = {
        "a": rng.normal(0, 1, 300),
        "b": rng.normal(0, 2, 300),
        "c": np.array(["x", "y"])[rng.integers(2, size=300)],
    }
    features = features_of(columns)
    dictionary = dictionary_of(entry("a", "numeric"), entry("b", "numeric"), entry("c", "nominal", levels=["x", "y"]))
    personas = pd.Series(np.where(np.arange(300) < 120, "persona-1", "persona-2"))
    found = exemplars(
        features, dictionary, personas, TWO, ["a", "b"], {"persona-1": ["a", "c", "b"]}, most=2, min_cell=10
    )
    points = features.loc[:119, ["a", "b"]] / features[["a", "b"]].std(ddof=0)
    squares = ((points.to_numpy()[:, None, :] - points.to_numpy()[None, :, :]) ** 2).sum(axis=(1, 2))
    assert found["customer_id"].iloc[0] == features["customer_id"].iloc[int(squares.argmin())]
    assert (found["shared_by"] >= 10).all()
    assert found.groupby("rank")["shared_by"].is_monotonic_decreasing.all()
    last = found[found["rank"] == 1].set_index("column")
    alike = np.ones(300, dtype=bool)
    for column in last.index.intersection(["c"]):
        alike &= (features[column] == last.at[column, "told"]).to_numpy()
    assert alike.sum() >= last["shared_by"].min()


def test_shares_of_a_day_have_intervals_by_customer():
    rng = np.random.default_rng(5)
    customers, truth = 400, np.array([0.5, 0.3, 0.2])
    inside = []
    for _ in range(60):
        mixes = rng.dirichlet(truth * 5, customers)
        y = np.array([rng.multinomial(n, m) for n, m in zip(rng.poisson(8, customers) + 1, mixes, strict=True)])
        n = y.sum(axis=1)
        sums = Sums(
            events=y.sum(axis=0)[None, :].astype(float),
            squares=(y**2).sum(axis=0)[None, :].astype(float),
            products=(y * n[:, None]).sum(axis=0)[None, :].astype(float),
            seen=(y > 0).sum(axis=0)[None, :],
            total=np.array([float(n.sum())]),
            total_squares=np.array([float((n**2).sum())]),
            customers=np.array([customers]),
        )
        rows = rhythm(sums, ["persona-1"], "hour", 10).query("persona_id == 'persona-1'")
        inside.append(((rows["lower"] <= truth) & (truth <= rows["upper"])).mean())
    # 180 intervals, the three of one day correlated: 95 % with a standard error of about 2.
    assert np.mean(inside) == pytest.approx(0.95, abs=0.045)


def test_the_day_in_words_says_the_busiest_three_hours():
    value = np.full(24, 0.02)
    value[[23, 0, 1]] = [0.2, 0.2, 0.18]
    hours = pd.DataFrame({"persona_id": "persona-1", "part": "hour", "slot": range(24), "value": value})
    week = pd.DataFrame({"persona_id": "persona-1", "part": "weekday", "slot": range(7), "value": 1 / 7})
    week["lower"] = [0.2] + [0.1] * 6
    rows = pd.concat([hours.assign(lower=0.0, rest_value=1 / 24), week.assign(rest_value=1 / 7)], ignore_index=True)
    said = told(rows, "persona-1")
    assert said is not None
    assert (said["busiest_from"], round(said["share"], 2), said["more_than_others"]) == (23, 0.58, ["Monday"])
    assert "between 23:00 and 2:00, when 58%" in said["text"]
    assert told(rows, "persona-9") is None


def test_reach_counts_all_customers_for_what_was_seen_and_those_asked_for_what_was_named():
    seen = np.where(np.arange(100) < 60, 0.5, 0.0)
    named = np.where(np.arange(100) < 40, 1.0, np.where(np.arange(100) < 80, 0.0, np.nan))
    features = features_of({"channel_mail_share": seen, "channels_used_mail": named})
    dictionary = dictionary_of(
        entry("channel_mail_share", "share", theme="channel", label="Share of activity through mail"),
        entry("channels_used_mail", "binary", theme="channel", label="Hears from: mail", levels=["no", "yes"]),
    )
    found = reach(features, dictionary, [everyone(100)], 10).set_index("column")
    assert found.at["channel_mail_share", "value"] == 0.6
    assert (found.at["channels_used_mail", "value"], found.at["channels_used_mail", "n"]) == (0.5, 80)
    assert found["label"].tolist() == ["Any channel", "mail", "mail"]


def reached_by(used: dict[str, list[int]], sizes: dict[str, int], min_cell: int = 10) -> pd.DataFrame:
    """Table `REACH` of groups of `sizes`, of which so many were seen in each channel of `used`; by column and group."""
    codes = np.repeat(np.arange(len(sizes)), list(sizes.values()))
    place = np.concatenate([np.arange(n) for n in sizes.values()])
    columns = {name: (place < np.array(counts)[codes]) * 0.5 for name, counts in used.items()}
    dictionary = dictionary_of(*(entry(name, "share", theme="channel", label=name) for name in used))
    groups = Grouping("persona", tuple(sizes), codes)
    found = reach(features_of(columns), dictionary, [everyone(len(codes)), groups], min_cell)
    return found.set_index(["column", "persona_id"])


def test_a_group_of_few_hides_no_other_groups_reach_and_is_in_nobodys_base():
    table = reached_by({"mail": [200, 90, 60, 4], "shop": [280, 190, 80, 6]}, {"a": 300, "b": 200, "c": 100, "few": 6})
    for column, counts in (("mail", [200, 90, 60]), ("shop", [280, 190, 80])):
        shown = table.loc[column]
        assert shown.loc[["a", "b", "c"], "value"].tolist() == pytest.approx(np.array(counts) / [300, 200, 100])
        assert (shown.at["all", "n"], shown.at["all", "value"]) == (600, pytest.approx(sum(counts) / 600))
        assert pd.isna(shown.at["few", "value"]) and shown.at["few", "n"] == 0


def test_few_who_are_not_reached_hide_as_little_as_makes_them_no_difference():
    table = reached_by({"mail": [297, 120, 60, 40]}, {"a": 300, "b": 200, "c": 100, "d": 100})
    hidden = table.loc["mail", "value"].isna()
    assert hidden.index[hidden].tolist() == ["all", "a"], "without everybody's share the three cannot be told"
    table = reached_by({"mail": [300, 120, 60]}, {"a": 300, "b": 200, "c": 100})
    assert table.loc["mail", "value"].notna().all(), "that it reached everybody tells of nobody in particular"


def planted_response():
    """900 customers of two personas; the second answers three times as rarely and is less content."""
    rng = np.random.default_rng(9)
    codes = np.repeat([0, 1], [300, 600])
    young = rng.random(900) < 0.5
    answered = rng.random(900) < np.where(codes == 0, 0.6, 0.2) * np.where(young, 1.2, 0.8)
    content = (rng.random(900) < np.where(codes == 0, 0.8, 0.4)) * 1.0
    features = features_of({"band": np.where(young, "young", "old")})
    dictionary = dictionary_of(entry("band", "nominal", levels=["young", "old"], block="demographic"))
    return features, dictionary, Grouping("persona", TWO, codes), answered, content


def test_weights_make_respondents_resemble_all_customers():
    features, dictionary, personas, answered, content = planted_response()
    weight = weights(features, dictionary, personas, answered, 10)
    assert np.isnan(weight[~answered]).all()
    assert np.nanmean(weight) == pytest.approx(1)
    for group in (personas.codes == 0, (features["band"] == "young").to_numpy()):
        assert weight[group & answered].sum() / np.nansum(weight) == pytest.approx(group.mean(), abs=1e-6)
    values = pd.Series(content, index=features["customer_id"])[answered]
    score = Score("csat", "Content", "share", "share", values)
    table = satisfaction(features["customer_id"], [everyone(900), personas], [score], weight, 10).set_index(
        "persona_id"
    )
    assert abs(table.at["all", "weighted"] - content.mean()) < abs(table.at["all", "value"] - content.mean())
    assert table.at["all", "weighted_lower"] < content.mean() < table.at["all", "weighted_upper"]
    assert table.at["all", "n_effective"] == pytest.approx(np.nansum(weight) ** 2 / np.nansum(weight**2))
    assert table.at["all", "n_effective"] < table.at["all", "n"]
    compared = nonresponse(features, dictionary, answered, weight, 10).set_index("level")
    assert compared.at["young", "value"] > compared.at["young", "all_value"]
    assert compared.at["young", "weighted"] == pytest.approx(compared.at["young", "all_value"], abs=1e-6)


def test_equal_weights_change_nothing():
    features, _, personas, answered, content = planted_response()
    values = pd.Series(content, index=features["customer_id"])[answered]
    score = Score("csat", "Content", "points", "mean", values)
    table = satisfaction(
        features["customer_id"], [everyone(900), personas], [score], np.where(answered, 1.0, np.nan), 10
    )
    for plain, weighted in (("value", "weighted"), ("lower", "weighted_lower"), ("n", "n_effective")):
        assert table[plain].to_numpy() == pytest.approx(table[weighted].to_numpy())


def test_the_matrix_scores_what_is_measured_or_rated_and_says_what_is_not():
    measured = {"size": {"persona-1": 10.0, "persona-2": 30.0}, "cost": {"persona-1": 5.0, "persona-2": 9.0}}
    rated = {"fit": {"persona-1": 8.0, "persona-2": 2.0}}
    criteria = {"attractiveness": {"size": 1.0, "cost": -1.0, "growth": 2.0}, "competitiveness": {"fit": 1.0}}
    found = evaluation(list(TWO), criteria, measured, rated)
    assert totals(found, "persona-1") == {"attractiveness": 5.0, "competitiveness": 8.0}
    assert totals(found, "persona-2") == {"attractiveness": 5.0, "competitiveness": 2.0}
    assert found.loc[found["criterion"] == "growth", "source"].eq("not supplied").all()
    assert totals(evaluation(list(TWO), criteria, {}, {}), "persona-1") == {
        "attractiveness": None,
        "competitiveness": None,
    }


def test_touchpoints_count_customers_once_and_hide_small_cells():
    ids = customer_ids(60)
    rows = [(ids[i], "delivery", i % 2 * 1.0) for i in range(40)] + [(ids[0], "delivery", 1.0)]
    rows += [(ids[i], "support", 0.25) for i in range(44)] + [(None, "support", 0.25)]
    feedback = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "share"]).assign(measure="csat")
    of = pd.Series(np.where(np.arange(60) < 20, "persona-1", "persona-2"), index=ids)
    table = touchpoints(feedback, of, TWO, 10).set_index(["persona_id", "touchpoint"])
    assert (table.at[("all", "delivery"), "n"], table.at[("all", "delivery"), "answers"]) == (40, 41)
    assert table.at[("all", "delivery"), "value"] == pytest.approx((0.5 + 19 * 0 + 20 * 1) / 40, abs=0.02)
    assert pd.isna(table.at[("unassigned", "support"), "value"]), "one person"
    assert table.index[table["value"].isna()].tolist() == [("unassigned", "support")], "and no other cell with it"
    assert table.at[("all", "support"), "n"] == 44, "as the one is in no total"
    few = touchpoints(feedback.head(8), of, TWO, 10)
    assert few["value"].isna().all()
    assert few["n"].eq(0).all()


def test_share_of_mention_counts_people():
    ids = customer_ids(80)
    named = [(i, "Bean & Co") for i in range(30)] + [(i, "Cup City") for i in range(20, 70)] + [(0, "Bean & Co")]
    mentions = pd.DataFrame({"customer_id": [ids[i] for i, _ in named], "competitor": [c for _, c in named]})
    of = pd.Series(np.where(np.arange(80) < 40, "persona-1", "persona-2"), index=ids)
    table = competitors(mentions, of, TWO, 10).set_index(["persona_id", "competitor"])
    assert table.at[("all", "Bean & Co"), "value"] == pytest.approx(30 / 70)
    assert (table["n"].max(), table.at[("all", "Cup City"), "value"]) == (70, pytest.approx(50 / 70))
    assert competitors(mentions.head(0), of, TWO, 10).empty
    few = mentions.assign(customer_id=[*mentions["customer_id"][:-6], *[None] * 6])
    table = competitors(few, of, TWO, 10).set_index(["persona_id", "competitor"])
    assert set(table.index.get_level_values("persona_id")) == {"all", "persona-1", "persona-2"}
    assert table["n"].groupby("persona_id").max().to_dict() == {"all": 65, "persona-1": 40, "persona-2": 25}


def test_opinions_stand_apart_and_are_held_against_the_data():
    rows = pd.DataFrame(
        {"group_by": "persona", "group": "persona-1", "column": ["age", "size"], "level": "", "value": [50.0, 3.0],
         "lower": [48.0, 2.5], "upper": [52.0, 3.5], "n": 100, "rest_value": [40.0, 3.2]}
    )  # fmt: skip
    about = {"persona": "persona-1", "department": "sales", "author": "head", "date": "2026-01-02", "text": "Old."}
    notes = [
        Annotation(**about, column="age", expects="more"),
        Annotation(**about, column="age", expects="less"),
        Annotation(**about, column="size", expects="more"),
        Annotation(**about),
        Annotation(**{**about, "persona": "persona-7"}, column="age", expects="more"),
    ]
    found = annotations(notes, rows, ["persona-1"])
    assert found["verdict"].tolist() == ["agrees", "disagrees", "open", "not measured", "not measured"]
    assert found["evidence"].iloc[0] == "50 (48 to 52) against 40 of the others, n = 100"


def test_the_latest_word_on_a_claim_counts_and_a_lost_claim_is_told():
    about = {"reviewer": "research", "comment": ""}
    said = [
        Review(claim="c-1", status="reject", date="2026-02-01", **about),
        Review(claim="c-1", status="accept", date="2026-01-01", **about),
        Review(claim="c-9", status="comment", date="2026-01-01", **about),
    ]
    found = reviews(said, ["c-1", "c-2"]).set_index("claim_id")
    assert found["status"].to_dict() == {"c-1": "rejected", "c-2": "not reviewed", "c-9": "commented"}
    assert found["current"].to_dict() == {"c-1": True, "c-2": True, "c-9": False}


def test_only_released_words_are_approved():
    quotes = pd.DataFrame({"text": ["Free shipping, please.", "Faster!"], "approved": False})
    said = with_approval(quotes, [Quote(text="Free  shipping, please.", approved_by="legal", date="2026-01-01")])
    assert said["approved"].tolist() == [True, False]


def test_mistakes_of_the_teams_files_are_told_at_once(tmp_path):
    (tmp_path / "annotations.yaml").write_text("annotations:\n  - {persona: persona-1, text: hm}\n", encoding="utf-8")
    (tmp_path / "claim.yaml").write_text("claims: []\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"(?s)`annotations.0.department` is missing.*claim.yaml: not a known file"):
        read_team(tmp_path)
    assert read_team(tmp_path / "absent").claims == []


def test_the_perception_form_is_scored_and_its_mistakes_are_told(tmp_path):
    head, asked = form_rows()
    items = head[2:]
    assert len(asked) == len(head)
    filled = [["r1", "persona-1", *["6"] * len(items)], ["r2", "persona-1", *["4"] * len(items)]]
    path = tmp_path / "perception.csv"
    pd.DataFrame([asked, *filled], columns=head).to_csv(path, index=False)
    table = perception(read_answers(path)).set_index(["persona_id", "construct"])
    assert table.at[("persona-1", "clarity"), "value"] == 5
    assert set(table.index.get_level_values("construct")) == set(FORM)
    pd.DataFrame([[*filled[0][:2], "9", *["6"] * (len(items) - 1)]], columns=head).to_csv(path, index=False)
    with pytest.raises(InputError, match=r"row 1, `credibility_1`: '9' is not a whole number from 1 to 7"):
        read_answers(path)


def test_hours_and_weekdays_are_those_of_the_customers_clock(done):
    import ibis
    import pyarrow as pa

    from pipeline.personas.rhythm import count_slots

    times = pd.to_datetime(["2025-01-06T23:30:00Z"] * 3 + ["2025-07-02T10:00:00Z"], utc=True)
    events = ibis.memtable(
        pa.table({"customer_id": ["a", "a", "b", "a"], "ts": pa.array(times.as_unit("us")),
                  "utc_offset_minutes": [60, 60, -60, 0]})
    )  # fmt: skip
    groups = pd.DataFrame({"customer_id": ["a", "b"], "group": [0, 1]})
    window = Observation(start="2025-01-01", end="2026-01-01", features_until="2025-07-01")
    hours = count_slots(events, groups, "hour", 2, window)
    assert (hours.events[0, 0], hours.events[1, 22], hours.events.sum()) == (2, 1, 3)
    week = count_slots(events, groups, "weekday", 2, window)
    # 6 January 2025 was a Monday: an hour later it is Tuesday.
    assert (week.events[0, 1], week.events[1, 0]) == (2, 1)

"""The data files are what the manifest and the data sheets say, and hold nobody's address."""

import email
import email.header
import email.message
import email.utils
import hashlib
import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from service.mail import decode_bytes

DATA = Path(__file__).resolve().parents[1] / "data"
MANIFEST = json.loads((DATA / "MANIFEST.json").read_text(encoding="utf-8"))
FILES = [name for name, entry in MANIFEST.items() if "file" in entry]
TABLES = [name for name in FILES if "rows" in MANIFEST[name]]
NO_DATA = {"MANIFEST.json", "README.md", "build.py"}

LEFT_OVER = {
    "e-mail address": re.compile(r"[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+\.[A-Za-z]{2,}", re.ASCII),
    "link": re.compile(r"(?:https?|ftp)://\w|(?<![a-z])www\.\w", re.ASCII | re.IGNORECASE),
    "phone number": re.compile(r"(?<!\d)[2-9]\d\d[-. ]\d{3}[-. ]\d{4}(?!\d)|\+\d{1,3}[ -]\d{1,3}[ -]\d{6,}"),
    "IP address": re.compile(
        r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\d)"
    ),
}


def read_table(name: str) -> pd.DataFrame:
    path = DATA / MANIFEST[name]["file"]
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


@pytest.fixture(scope="module")
def mails() -> pd.DataFrame:
    return read_table("mails")


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return read_table("diabetes")


@pytest.fixture(scope="module")
def build():
    """data/build.py as a module, for its pure functions."""
    spec = importlib.util.spec_from_file_location("data_build", DATA / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def raw_paths() -> list[Path]:
    return sorted((DATA / "raw_mails").glob("*.eml"))


def everything_in(message: email.message.Message) -> str:
    """All headers (encoded words decoded as well) and all parts, decoded byte by byte."""
    texts = [f"{key}: {value}" for part in message.walk() for key, value in part.raw_items()]
    for text in list(texts):
        texts += [str(word) for word, _ in email.header.decode_header(text)] if "=?" in text else []
    for part in message.walk():
        if not part.is_multipart():
            texts.append((part.get_payload(decode=True) or b"").decode("latin-1"))
    return "\n".join(texts)


# ------------------------------------------------------------------------------------------- manifest


@pytest.mark.parametrize("name", FILES)
def test_file_matches_manifest(name):
    entry = MANIFEST[name]
    content = (DATA / entry["file"]).read_bytes()
    assert len(content) == entry["bytes"]
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


@pytest.mark.parametrize("name", TABLES)
def test_table_has_the_size_that_the_manifest_says(name):
    entry = MANIFEST[name]
    assert read_table(name).shape == (entry["rows"], entry["columns"])


def test_raw_mails_match_manifest():
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in raw_paths()}
    assert found == MANIFEST["raw_mails"]["files"]


def test_manifest_lists_every_file_and_no_other():
    listed = {entry["file"] for entry in MANIFEST.values() if "file" in entry}
    for entry in MANIFEST.values():
        listed |= {f"{entry['folder']}/{name}" for name in entry["files"]} if "folder" in entry else set()
    files = [path for path in DATA.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {path.relative_to(DATA).as_posix() for path in files} == listed | NO_DATA


def test_data_stay_under_15_megabytes():
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) <= 15_000_000


def test_every_data_set_has_a_data_sheet():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for name, entry in MANIFEST.items():
        assert f"\n## {name}\n" in text
        if "rows" in entry:
            assert f"{entry['rows']:,} × {entry['columns']}" in text
    for path in raw_paths():
        assert f"`{path.name}`" in text


# ---------------------------------------------------------------------------------------------- mails


def test_mails_schema(mails):
    assert list(mails) == ["id", "group", "received", "date_header", "subject", "body", "is_html", "is_spam"]
    assert str(mails["received"].dt.tz) == "UTC"
    assert mails["is_html"].dtype == bool and mails["is_spam"].dtype == bool
    assert mails["id"].is_unique
    assert not mails.drop(columns="received").isna().any().any()
    assert (mails["id"].str.rpartition("/")[0] == mails["group"]).all()
    assert (mails["is_spam"] == mails["group"].str.startswith("spam")).all()
    assert mails["body"].str.len().max() == 20_000


def test_mails_rows_by_group(mails):
    counts = {"easy-ham-1": 2458, "easy-ham-2": 1373, "hard-ham-1": 239, "spam-1": 447, "spam-2": 1256}
    assert mails["group"].value_counts().to_dict() == counts


def test_mails_stated_faults(mails):
    letters = mails["body"].str.lower().map(lambda text: "".join(filter(str.isalpha, text)))
    assert mails["body"].duplicated().sum() == 255
    assert letters.duplicated().sum() == 376
    assert (mails["subject"].str.strip() == "").sum() == 19
    assert (mails["body"].str.strip() == "").sum() == 1
    assert mails.groupby("is_spam")["is_html"].sum().to_dict() == {False: 120, True: 738}
    assert (mails["body"].str.len() == 20_000).sum() == 118


def test_mails_stated_dates(mails):
    parsed = mails["date_header"].map(email.utils.parsedate_tz)
    years = parsed.dropna().map(lambda parts: parts[0])
    assert parsed.isna().sum() == 1
    assert (years == 102).sum() == 58
    assert (years == 2028).sum() == 1
    assert mails["received"].isna().sum() == 134
    assert set(mails.loc[mails["received"].isna(), "group"]) == {"easy-ham-1"}
    assert mails["received"].dropna().dt.year.isin([2001, 2002]).all()


@pytest.mark.parametrize("kind", LEFT_OVER)
def test_mails_hold_nothing_personal(mails, kind):
    text = mails["subject"] + "\n" + mails["date_header"] + "\n" + mails["body"]
    text += "\n" + mails["body"].str.replace(r"<[^<>]*>", "", regex=True)  # nothing put together by tags
    found = {row_id: LEFT_OVER[kind].findall(body) for row_id, body in zip(mails["id"], text, strict=True)}
    assert {row_id: hits for row_id, hits in found.items() if hits} == {}


def test_mails_hold_nothing_unfit(mails, build):
    texts = mails["subject"] + "\n" + mails["body"]
    assert not texts.map(build.is_unfit).any()


# ------------------------------------------------------------------------------------------ raw mails


@pytest.mark.parametrize("path", raw_paths(), ids=lambda path: path.stem)
def test_raw_mail_parses_and_is_masked(path, build):
    message = email.message_from_bytes(path.read_bytes())
    assert message["From"] and message["Received"]
    body, _ = build.body_text(message)
    assert body.strip()
    assert path.stat().st_size < 12_000
    text = everything_in(message)
    text += re.sub(r"<[^<>]*>", "", text)
    text += "\n" + build.header_text(message, "subject") + "\n" + body
    for kind, pattern in LEFT_OVER.items():
        assert not pattern.findall(text), kind
    for name in ("From", "To", "Cc", "Reply-To", "Sender", "Return-Path", "Delivered-To"):
        for value in message.get_all(name, []):
            assert re.fullmatch(r"(?:(?:NAME )?<EMAIL>|EMAIL|, )*|undisclosed-recipients:;", value)
    assert not build.is_unfit(text) and not build.is_unfit_abroad(message)


def test_raw_mails_show_what_their_names_say():
    messages = {path.stem[:2]: email.message_from_bytes(path.read_bytes()) for path in raw_paths()}
    encodings = {
        number: {str(part.get("content-transfer-encoding", "")).lower() for part in message.walk()}
        for number, message in messages.items()
    }
    assert len(messages) == 22
    assert messages["03"].get_content_type() == "multipart/alternative" and "2028" in messages["03"]["Date"]
    assert messages["04"].get_content_type() == "text/html"
    assert "=?" in messages["05"]["Subject"]
    assert messages["06"]["Subject"] is None
    assert any(part.get_content_type() == "video/mng" for part in messages["07"].walk())
    assert all("base64" in encodings[number] for number in ("07", "11", "12", "15", "16"))
    assert all("quoted-printable" in encodings[number] for number in ("13", "20"))
    assert email.utils.parsedate_tz(messages["10"]["Date"]) is None
    assert email.utils.parsedate_tz(messages["16"]["Date"])[0] == 102
    assert messages["18"].get_content_charset() == "default_charset"
    defects = {number: [type(defect).__name__ for part in message.walk() for defect in part.defects]
               for number, message in messages.items()}  # fmt: skip
    assert defects["20"] == ["CloseBoundaryNotFoundDefect"]
    assert "StartBoundaryNotFoundDefect" in defects["21"]


# -------------------------------------------------------------------------------------------- masking


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jane.doe+x@mail.example.org.", "write to EMAIL."),
        ("<a href=mailto:a@b.com?subject=hi>", "<a href=mailto:EMAIL?subject=hi>"),
        ("jane at example dot org", "EMAIL"),
        ("jane[at]example.org or root@localhost", "EMAIL or EMAIL"),
        ("&#106;&#64;&#98;.com", "EMAIL"),
        ('<a href="http://x.example/a?b=1&c">here</a>', '<a href="URL">here</a>'),
        ("see www.example.org/a, HTTP://10.0.0.1:80/x", "see URL URL"),
        ("jane@<b>example</b>.<i>org</i>", "EMAIL</i>"),
        ("%20http://example.org", "%20URL"),
        ("host 192.168.0.1 answers", "host IPADDR answers"),
        ("call 1-800-555-0199 or (212) 555-0123", "call PHONE or PHONE"),
        ("+353 1 234 5678; Fax: 0171 496 0123", "PHONE; Fax: PHONE"),
        ("Tel: 555-0123", "Tel: PHONE"),
        ("order to1-415-555-2700x6", "order toPHONEx6"),
    ],
)
def test_mask_replaces(build, text, masked):
    assert build.mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "only $1,234,567.89 or 34,700,000",
        "on 2002-09-14 12:21:56 +0100 (IST)",
        "Thu, 22 Aug 2002 12:46:18 +0100",
        "kernel 2.4.18-3 and Perl 5.6.1",
        "ISBN 0-596-00132-0, rows 100-2000",
        "30 minutes @ home, $500-1000",
        "call 10 people by 2002",
        "buy at example.com",
    ],
)
def test_mask_leaves_alone(build, text):
    assert build.mask(text) == text


def test_mask_twice_changes_nothing(build):
    once = build.mask("a@b.org, http://a.example/b, 10.1.2.3, tel 555 0123 456, +44 20 7946 0958")
    assert build.mask(once) == once


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        (b"caf\xc3\xa9", None, "café"),
        (b"caf\xe9 \x80", "no-such-charset", "café €"),
        (b"caf\xe9", "utf-8", "café"),
        (b"\x81\xe9", "us-ascii", "\x81é"),
        ("中".encode("gb2312"), "gb2312", "中"),
    ],
)
def test_decode_falls_back(build, raw, charset, text):
    assert decode_bytes(raw, charset) == text


def test_raw_masking_goes_behind_the_transfer_encoding(build):
    raw = (
        "From: Jane Roe <jane@example.org>\nX-Phone: 212-555-0123\nSubject: hi\n"
        "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
        "SmFuZSwgd3JpdGUgdG8gamFuZUBleGFtcGxlLm9yZw==\n"
    )
    message = email.message_from_string(build.mask_part(raw, build.personal_words(raw, "")))
    assert message["From"] == "NAME <EMAIL>"
    assert "X-Phone" not in message
    assert message.get_payload(decode=True) == b"NAME, write to EMAIL"


# ------------------------------------------------------------------------- diabetes and penguins


def test_diabetes_target_and_leaks(people):
    told = people["told_diabetes"] == "1"
    assert ((people["hba1c"] >= 6.5) | told).astype(int).equals(people["diabetes"])
    assert people["diabetes"].sum() == 994
    assert ((people["hba1c"] >= 6.5) & ~told).sum() == 190
    assert people["hba1c"].notna().all()
    assert {"takes_insulin", "takes_pills", "diabetic_diet"} <= set(people)


def test_diabetes_dirt_is_still_there(people):
    assert people["age"].between(20, 80).all() and (people["age"] == 80).sum() == 364
    assert people["told_diabetes"].eq("Borderline").sum() == 159
    assert people["sitting_minutes"].eq(9999).sum() == 30
    assert people["reported_weight_lb"].isin([7777, 9999]).sum() == 91
    assert people["reported_height_in"].isin([7777, 9999]).sum() == 110
    assert people["meals_out"].isin([5555, 7777, 9999]).sum() == 10
    assert people["alcohol"].between(1e-90, 1e-10).sum() == 3617
    assert people["diastolic_1"].between(1e-90, 1e-10).sum() == 36
    assert people["education"].eq("Don't Know").sum() == 9
    gaps = {
        "household_income": 721,
        "income_ratio": 653,
        "systolic_1": 564,
        "energy": 457,
        "waist": 265,
        "bmi": 78,
    }
    assert people[list(gaps)].isna().sum().to_dict() == gaps


def test_diabetes_columns_are_documented(people):
    text = (DATA / "README.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z0-9_]+)`", text))
    pressures = {f"{kind}_{reading}" for kind in ("systolic", "diastolic") for reading in (1, 2, 3)}
    assert set(people) <= documented | pressures
    assert (
        people[["asthma", "arthritis", "heart_attack", "stroke", "cancer"]].isin([0, 1]).mean().min() > 0.99
    )


def test_penguins():
    penguins = read_table("penguins")
    assert penguins["species"].value_counts().to_dict() == {"Adelie": 152, "Gentoo": 124, "Chinstrap": 68}
    assert penguins.isna().sum().sum() == 19
    assert penguins["sex"].isna().sum() == 11


# ------------------------------------- customers, bikes, crashes, quakes, houses and flights


def test_customers():
    customers = read_table("customers")
    assert customers["churn"].value_counts().to_dict() == {"No": 5174, "Yes": 1869}
    gaps = customers["total_charges"].isna()
    assert customers.isna().sum().sum() == gaps.sum() == 11
    assert gaps.equals(customers["tenure"] == 0)
    assert set(customers.loc[gaps, "churn"]) == {"No"}
    assert customers.duplicated().sum() == 22
    paid = customers[~gaps]
    error = (paid["tenure"] * paid["monthly_charges"] / paid["total_charges"] - 1).abs()
    assert round(error.median(), 2) == 0.02


def test_bikes():
    bikes = read_table("bikes")
    assert not bikes.isna().any().any()
    assert (bikes["casual"] + bikes["registered"]).equals(bikes["bikers"])
    time = bikes["day"] * 24 + bikes["hour"]
    assert time.is_monotonic_increasing and time.is_unique and time.between(24, 365 * 24 + 23).all()
    hours = bikes["day"].value_counts()
    assert 24 - hours[27] == 16 and 24 - hours[18] == 12
    assert bikes.loc[bikes["humidity"] == 0, "day"].value_counts().to_dict() == {69: 22}
    assert (bikes["wind_speed"] == 0).sum() == 1107
    assert bikes.loc[bikes["wind_speed"] > 0, "wind_speed"].min() == 0.0896
    assert (bikes["weather"] == "heavy rain/snow").sum() == 1


def test_crashes():
    crashes = read_table("crashes")
    dead, severity = crashes["dead"] == "dead", crashes["injury_severity"]
    assert dead.sum() == 1180
    assert crashes.isna().sum()[lambda gaps: gaps > 0].to_dict() == {"model_year": 1, "injury_severity": 153}
    assert ((severity == 4) & ~dead).sum() == 34 and ((severity != 4) & dead).sum() == 96
    assert crashes.duplicated(["crash_year", "case_id"]).sum() == 5547
    assert (crashes["airbag"] == "none").equals(crashes["airbag_state"] == "unavail")
    assert (crashes["airbag_opened"] == 1).equals(crashes["airbag_state"] == "deploy")
    weight = crashes["sampling_weight"]
    assert (weight == 0).sum() == 212 and round(weight.max()) == 57872
    assert round(weight[dead].sum() / weight.sum(), 4) == 0.0054


def test_quakes():
    quakes = read_table("quakes")
    assert not quakes.isna().any().any()
    assert not quakes.duplicated().any()
    assert (quakes["depth"].min(), quakes["depth"].max()) == (40, 680)
    assert (quakes["magnitude"].min(), quakes["magnitude"].max()) == (4.0, 6.4)
    assert (quakes["magnitude"] * 10).round(6).mod(1).eq(0).all()
    assert (quakes["longitude"] > 180).any() and (quakes["latitude"] < 0).all()
    assert round(quakes["magnitude"].corr(quakes["stations"]), 2) == 0.85


def test_houses():
    houses = read_table("houses")
    assert houses["parcel_id"].is_unique
    assert houses["price"].min() == 12789 and houses["price"].max() == 755000
    gaps = houses.isna().sum()
    assert gaps.sum() == 15749 and (gaps > 0).sum() == 27
    stated = {
        "pool_quality": 2917,
        "extra_feature": 2824,
        "alley": 2732,
        "fence": 2358,
        "veneer_type": 1775,
        "fireplace_quality": 1422,
        "lot_frontage": 490,
        "garage_type": 157,
        "basement_height": 80,
        "electrical": 1,
    }
    assert gaps[list(stated)].to_dict() == stated
    assert houses["fireplace_quality"].isna().equals(houses["fireplaces"] == 0)
    veneer = houses.loc[houses["veneer_type"].isna(), "veneer_area"]
    assert ((veneer == 0).sum(), veneer.isna().sum(), (veneer > 0).sum()) == (1745, 23, 7)
    assert houses["garage_year_built"].max() == 2207
    assert (houses["year_built"] > houses["year_sold"]).sum() == 1
    assert (houses["year_remodelled"] > houses["year_sold"]).sum() == 3
    assert (houses["kitchens"] == 0).sum() == 3
    assert (houses["sale_type"] == "WD ").sum() == 2536
    assert (houses["living_area"] > 4000).sum() == 5
    floors = houses["first_floor_area"] + houses["second_floor_area"] + houses["low_quality_area"]
    assert floors.equals(houses["living_area"])


def test_flights():
    flights = read_table("flights")
    assert flights["origin"].value_counts().to_dict() == {"EWR": 120835, "JFK": 111279, "LGA": 104662}
    gaps = {"dep_delay": 8255, "arr_delay": 9430, "tailnum": 2512, "air_time": 9430}
    assert flights.isna().sum()[lambda count: count > 0].to_dict() == gaps
    cancelled = flights["dep_delay"].isna()
    assert cancelled[flights["tailnum"].isna()].all()
    assert (flights["sched_dep_time"] // 100).equals(flights["hour"])
    local = flights["time_hour"].dt.tz_convert("America/New_York").dt
    for part in ("year", "month", "day", "hour"):
        assert (getattr(local, part) == flights[part]).all()
    assert flights["time_hour"].is_monotonic_increasing


@pytest.mark.parametrize("name", ["customers", "bikes", "crashes", "quakes", "houses", "flights", "sms"])
def test_columns_are_documented(name):
    text = (DATA / "README.md").read_text(encoding="utf-8")
    sheet = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
    table = [line for line in sheet.splitlines() if line.startswith("| `")]
    documented = {word for line in table for word in re.findall(r"`([a-z0-9_]+)`", line.split("|")[1])}
    assert documented == set(read_table(name))


# ------------------------------------------------------------------------------------------------ sms


@pytest.fixture(scope="module")
def sms() -> pd.DataFrame:
    return read_table("sms")


def test_sms_stated_faults(sms):
    letters = sms["text"].str.lower().map(lambda text: "".join(filter(str.isalpha, text)))
    assert sms["is_spam"].dtype == bool and sms["is_spam"].sum() == 726
    assert not sms["text"].isna().any()
    assert sms["text"].duplicated().sum() == 414
    assert letters.duplicated().sum() == 481
    assert round(sms.loc[~letters.duplicated(), "is_spam"].mean(), 3) == 0.113
    assert sms["text"].str.contains("[\x80-\x9f]").sum() == 35
    assert sms["text"].str.len().groupby(sms["is_spam"]).median().to_dict() == {False: 52, True: 141}
    for word, good, spam in [("&lt;", 238, 0), ("£", 5, 248), ("PHONE", 4, 425)]:
        found = sms["text"].str.contains(word, regex=False).groupby(sms["is_spam"]).sum()
        assert found.to_dict() == {False: good, True: spam}


@pytest.mark.parametrize("kind", LEFT_OVER)
def test_sms_hold_nothing_personal(sms, kind):
    assert [text for text in sms["text"] if LEFT_OVER[kind].search(text)] == []


def test_sms_hold_no_long_number(sms):
    number = re.compile(r"\d{9,}|(?<!\d)0\d{3,4}[ .-]?\d{3}[ .-]?\d{3}|(?<!\d)[689]\d{7}(?!\d)")
    assert [text for text in sms["text"] if number.search(text)] == []


def test_sms_hold_nothing_unfit(sms, build):
    assert not sms["text"].map(build.is_unfit_sms).any()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("call 09061701461. Claim code KL341", "call PHONE. Claim code KL341"),
        ("apply 08452810075over18's", "apply PHONEover18's"),
        ("0844 861 85 85, 0871750.77.11", "PHONE, PHONE"),
        ("from 447801259231 to 44 7732584351", "from PHONE to PHONE"),
        ("is the number 98321561 yours", "is the number PHONE yours"),
        ("text FA to 87121, 150p on 02/09/03", "text FA to 87121, 150p on 02/09/03"),
    ],
)
def test_mask_sms(build, text, masked):
    assert build.mask_sms(text) == masked


# -------------------------------------------------------------------------------------------- fashion


def test_fashion():
    arrays = np.load(DATA / "fashion.npz")
    assert {name: list(array.shape) for name, array in arrays.items()} == MANIFEST["fashion"]["arrays"]
    for part, per_class in [("train", 600), ("test", 150)]:
        X, y = arrays[f"X_{part}"], arrays[f"y_{part}"]
        assert X.dtype == y.dtype == np.uint8
        assert np.bincount(y).tolist() == [per_class] * 10
        assert X.min() == 0 and X.max() == 255
    everything = np.concatenate([arrays["X_train"], arrays["X_test"]]).reshape(7500, -1)
    assert len(np.unique(everything, axis=0)) == 7500
    sheet = (DATA / "README.md").read_text(encoding="utf-8").split("\n## fashion\n")[1]
    assert ", ".join(arrays["class_names"]) in sheet


def test_shoes_point_to_the_left():
    arrays = np.load(DATA / "fashion.npz")
    for label in (5, 7, 9):  # sandal, sneaker, ankle boot: the heel is the heavier side
        shoes = arrays["X_train"][arrays["y_train"] == label].sum(axis=1, dtype=int)
        assert (shoes[:, 14:].sum(axis=1) > shoes[:, :14].sum(axis=1)).mean() > 0.9

"""The rules of RULES-A.md over the true rows, one function a rule, in the order of that page."""

import datetime as dt

import polars as pl

from pipelines.synthetic.roster import ALLOWED, EMPTY_HELPERS, INCOME_LINE
from pipelines.synthetic.truth import Lists, Rule, absent, present, verdict
from pipelines.synthetic.truth_villages import blank_villages, rounded_villages, zero_change

NEWBORN_DAYS, WATCH_DAYS = 90, 365
EDU_FROM, EDU_TO = 6, 15
AREA_PER_HEAD, DEMOLISH_MONTHS, REPEAT_YEARS = 25, 12, 10
SEVERE = ("一级", "二级")


def _full_years(on: dt.date) -> pl.Expr:
    """Full years of life on a day."""
    birth = pl.col("birth")
    to_come = (birth.dt.month() > on.month) | (
        (birth.dt.month() == on.month) & (birth.dt.day() > on.day)
    )
    return on.year - birth.dt.year().cast(pl.Int64) - to_come.cast(pl.Int64)


def edu_02(lists: Lists) -> pl.DataFrame:
    """疑似失学辍学: of school age and alive, and no active row at any school."""
    children = lists.alive.filter(
        _full_years(dt.date(lists.day.year, 8, 31)).is_between(EDU_FROM, EDU_TO)
    )
    pupils = lists.of("education.enrolment")
    graduated = (pl.col("status") == "毕业") & (pl.col("stage") != "小学")
    there = pupils.filter((pl.col("status") == "在读") | graduated).with_columns(
        pl.when(graduated).then(pl.lit("graduated")).otherwise("tag").alias("tag")
    )
    at_home = lists.of("education.home_teaching")
    rows = pl.concat([there, at_home], how="diagonal_relaxed")
    # A row as dropout settles who the child is as well as any other row does.
    silent = lists.world.silent_school_township
    late = lists.k < len(lists.world.rounds) - 1
    result = absent(children, rows, "EDU-02", by_village=True)
    inactive = pupils.filter((pl.col("status") != "在读") & pl.col("intact"))["p"]
    result = result.with_columns(
        (pl.col("detectable") | pl.col("p").is_in(inactive.implode())).alias("detectable")
    )
    if not late:
        return result
    waiting = lists.world.places.filter(pl.col("township") == silent)["v"]
    gated = pl.col("v").is_in(waiting.implode()) & (pl.col("label") == "real")
    return result.with_columns(
        pl.when(gated).then(pl.lit("innocent")).otherwise("label").alias("label"),
        pl.when(gated).then(pl.lit("file_not_delivered")).otherwise("reason").alias("reason"),
    )


def edu_04(lists: Lists) -> pl.DataFrame:
    """应助未助: enrolled, of a poor or 低保 household or disabled, and nothing paid this term."""
    day = lists.day
    spring = 2 <= day.month <= 8
    year = day.year if (spring or day.month >= 9) else day.year - 1
    aid = lists.of("education.student_aid").filter(
        (pl.col("amount") > 0) & pl.col("term").str.starts_with(f"{year}年{'春' if spring else '秋'}季")
    )
    pupils = lists.of("education.enrolment").filter(pl.col("status") == "在读")
    settled = pupils.group_by("p").agg(pl.col("intact").any().alias("pupil_seen"))
    holders = lists.of("civil_affairs.disability").group_by("p").agg(
        pl.col("intact").any().alias("holder_seen")
    )
    homes = lists.allowance_homes.select("h", pl.col("seen").alias("home_seen"))
    children = (
        lists.alive.join(settled, on="p", how="inner", maintain_order="left")
        .join(holders, on="p", how="left", maintain_order="left")
        .join(homes, on="h", how="left", maintain_order="left")
        .with_columns(pl.col("h").is_in(lists.poor.implode()).alias("poor"))
    )
    claims = pl.col("poor") | pl.col("home_seen").is_not_null() | pl.col("holder_seen").is_not_null()
    sure = pl.col("poor") | pl.col("home_seen").fill_null(value=False) | pl.col(
        "holder_seen"
    ).fill_null(value=False)
    children = children.filter(claims).with_columns(
        (pl.col("unsettled") | ~sure | ~pl.col("pupil_seen")).alias("unsettled")
    )
    return absent(children, aid, "EDU-04", by_village=False)


def hea_01(lists: Lists) -> pl.DataFrame:
    """漏签: of a poor household, alive, no newborn, and no contract valid on the round."""
    valid = lists.of("health.doctor_contracts").filter(
        (pl.col("signed_on") <= lists.day) & (pl.col("valid_to") >= lists.day)
    )
    return absent(_poor_members(lists), valid, "HEA-01", by_village=True)


def _poor_members(lists: Lists) -> pl.DataFrame:
    return lists.alive.filter(
        pl.col("h").is_in(lists.poor.implode()) & (lists.ages() > NEWBORN_DAYS)
    )


def hea_06(lists: Lists) -> pl.DataFrame:
    """因病无病人: monitored for illness, and no member on the list of illnesses."""
    homes = lists.active.filter(pl.col("risks").list.contains("因病"))
    ill = lists.of("health.illnesses")
    loose = ill.filter(~pl.col("intact")).select("name", "v").unique()
    members = lists.persons.filter(pl.col("h").is_in(homes["h"].implode()))
    doubt = members.join(loose, on=["name", "v"], how="semi")["h"].unique()
    frame = homes.join(present(ill, "h"), on="h", how="left", maintain_order="left")
    label = (
        pl.when(pl.col("plain").is_null()).then(pl.lit("real"))
        .when(pl.col("plain") | (pl.col("why") == "chronic")).then(None)
        .when("settled").then(pl.lit("innocent")).otherwise(pl.lit("ambiguous"))
    )  # fmt: skip
    removed = lists.monitored.filter(
        pl.col("risks").list.contains("因病") & pl.col("risk_removed")
    ).join(ill.select("h").unique(), on="h", how="anti")
    return pl.concat([
        verdict(frame, "HEA-06", "household", label, pl.col("why"),
                ~pl.col("h").is_in(doubt.implode())),
        verdict(removed, "HEA-06", "household", "innocent", "risk_removed"),
    ])  # fmt: skip


def _living_homes(lists: Lists) -> pl.DataFrame:
    """Households with somebody alive: h, v, n, and whether a death there is unsettled."""
    return lists.alive.group_by("h").agg(
        pl.col("v").first(), pl.len().alias("n"), pl.col("unsettled").any()
    )


def hou_01(lists: Lists) -> pl.DataFrame:
    """未鉴定: poor or 低保, and none of its houses appraised."""
    rows = lists.of("housing.appraisals")
    homes = (
        _living_homes(lists)
        .with_columns(pl.col("h").is_in(lists.poor.implode()).alias("poor"))
        .join(lists.allowance_homes, on="h", how="left", maintain_order="left")
        .filter(pl.col("poor") | pl.col("seen").is_not_null())
    )
    loose = rows.filter(~pl.col("intact")).select("name", "v").unique()
    doubt = lists.persons.join(loose, on=["name", "v"], how="semi")["h"].unique()
    frame = homes.join(present(rows, "h"), on="h", how="left", maintain_order="left")
    open_case = (~pl.col("poor") & ~pl.col("seen").fill_null(value=False)) | (
        pl.col("unsettled") & (pl.col("n") == 1)
    )
    plain = pl.col("plain") | pl.col("why").is_in(["later_appraisal", "unoccupied"])
    label = (
        pl.when(open_case).then(pl.lit("ambiguous"))
        .when(pl.col("plain").is_null()).then(pl.lit("real")).when(plain).then(None)
        .when("settled").then(pl.lit("innocent")).otherwise(pl.lit("ambiguous"))
    )  # fmt: skip
    return verdict(
        frame, "HOU-01", "household", label, pl.col("why").fill_null(""),
        ~pl.col("h").is_in(doubt.implode()),
    )  # fmt: skip


def hou_02(lists: Lists) -> pl.DataFrame:
    """危房未保障: the house lived in was last found C or D, and neither renovated since nor left."""
    rows = lists.of("housing.appraisals").filter(pl.col("h").is_not_null())
    unoccupied = rows.filter((pl.col("occupied") == "否") & pl.col("grade_true").is_in(["C", "D"]))
    lived = rows.filter(pl.col("occupied") == "是")
    latest = lived.sort("h", "appraised_on", maintain_order=True).group_by(
        "h", maintain_order=True
    ).last()  # fmt: skip
    earlier = lived.filter(pl.col("grade_true").is_in(["C", "D"]))["h"]
    all_seen = rows.group_by("h").agg(pl.col("intact").all().alias("rows_seen"))
    done = lists.of("housing.renovations").filter(
        pl.col("h").is_not_null() & (pl.col("finished_on") <= lists.day)
    )
    moved = lists.of("housing.relocations").filter(pl.col("moved_in_on") <= lists.day)
    renovated = done.group_by("h").agg(
        pl.col("finished_on").max(), pl.col("tag").first().alias("renovation"),
        pl.col("determinable").any().alias("renovation_settled"),
    )  # fmt: skip
    relocated = moved.group_by("h").agg(pl.col("determinable").any().alias("moved_settled"))
    loose = pl.concat([
        lists.of(d).filter(~pl.col("intact")).select("name", "v")
        for d in ("housing.renovations", "housing.relocations")
    ]).unique()  # fmt: skip
    doubt = lists.persons.join(loose, on=["name", "v"], how="semi")["h"].unique()
    frame = (
        latest.select("h", "v", "grade_true", "appraised_on")
        .join(all_seen, on="h", how="left", maintain_order="left")
        .join(renovated, on="h", how="left", maintain_order="left")
        .join(relocated, on="h", how="left", maintain_order="left")
        .join(_living_homes(lists).select("h"), on="h", how="semi", maintain_order="left")
    )
    unsafe = pl.col("grade_true").is_in(["C", "D"])
    repaired = (pl.col("finished_on") > pl.col("appraised_on")).fill_null(value=False)
    left = pl.col("moved_settled").is_not_null()
    label = (
        pl.when(unsafe & ~repaired & ~left).then(pl.lit("real"))
        .when(unsafe & (pl.col("renovation_settled") | pl.col("moved_settled"))).then(pl.lit("innocent"))
        .when(unsafe).then(pl.lit("ambiguous"))
        .when(pl.col("h").is_in(earlier.implode()) | pl.col("h").is_in(unoccupied["h"].implode()))
        .then(pl.when("rows_seen").then(pl.lit("innocent")).otherwise(pl.lit("ambiguous")))
    )  # fmt: skip
    reason = (
        pl.when(unsafe & repaired).then(
            pl.when(pl.col("renovation").is_in(["other_member", "former_head"]))
            .then(pl.concat_str(pl.lit("renovation_"), pl.col("renovation"))).otherwise(pl.lit("renovated"))
        )
        .when(unsafe & left).then(pl.lit("relocated"))
        .when(pl.col("h").is_in(unoccupied["h"].implode())).then(pl.lit("unoccupied"))
        .otherwise(pl.lit("later_appraisal"))
    )  # fmt: skip
    return verdict(
        frame, "HOU-02", "household", label, reason,
        pl.col("rows_seen") & ~pl.col("h").is_in(doubt.implode()),
    )  # fmt: skip


def hou_09(lists: Lists) -> pl.DataFrame:
    """重复享受住房补贴: two projects within ten years, or a project and a relocation."""
    rows = lists.of("housing.renovations")
    own = rows.filter(pl.col("h").is_not_null())
    moved = lists.of("housing.relocations").group_by("h").agg(pl.col("intact").any().alias("moved_seen"))
    projects = own.group_by("h").agg(
        pl.col("v").first(),
        pl.col("year").n_unique().alias("projects"),
        (pl.col("year").max() - pl.col("year").min()).alias("apart"),
        pl.col("intact").all().alias("seen"),
        pl.col("tag").first().alias("tag"),
    )
    frame = projects.join(moved, on="h", how="left", maintain_order="left").join(
        lists.persons.select("h").unique(), on="h", how="semi", maintain_order="left"
    )
    twice = (pl.col("projects") > 1) & (pl.col("apart") <= REPEAT_YEARS)
    both = pl.col("moved_seen").is_not_null()
    label = (
        pl.when(twice | both).then(pl.lit("real"))
        .when(pl.col("tag").is_in(["same_project", "split_household"])).then(pl.lit("innocent"))
    )  # fmt: skip
    namesakes = rows.filter(pl.col("tag") == "outsider").select(pl.col("namesake").alias("p"))
    others = lists.persons.join(namesakes, on="p", how="semi").join(frame.select("h"), on="h", how="anti")
    return pl.concat([
        verdict(frame, "HOU-09", "household", label, pl.col("tag"),
                pl.col("seen") & pl.col("moved_seen").fill_null(value=True)),
        verdict(others.unique("h", maintain_order=True), "HOU-09", "household", "innocent", "namesake"),
    ])  # fmt: skip


def hou_10(lists: Lists) -> pl.DataFrame:
    """超面积: more than 25 m2 for each who moved; one-person households are left to local rule."""
    rows = lists.of("housing.relocations").join(
        lists.persons.select("h").unique(), on="h", how="semi", maintain_order="left"
    )
    over = pl.col("area") / pl.col("members") > AREA_PER_HEAD
    label = (
        pl.when(over & (pl.col("members") > 1)).then(pl.lit("real"))
        .when(pl.col("tag").is_in(["shrank", "one_person", "exactly_25"])).then(pl.lit("innocent"))
    )  # fmt: skip
    return verdict(rows, "HOU-10", "household", label, pl.col("tag"), pl.col("intact"))


def hou_13(lists: Lists) -> pl.DataFrame:
    """旧房未拆: moved in more than twelve months ago, and the old house still stands."""
    rows = lists.of("housing.relocations").join(
        lists.persons.select("h").unique(), on="h", how="semi", maintain_order="left"
    )
    due = pl.col("moved_in_on").dt.offset_by(f"{DEMOLISH_MONTHS}mo") < lists.day
    said = pl.col("old_house_demolished") != "是"
    label = (
        pl.when(~pl.col("gone") & due).then(pl.lit("real"))
        .when(~pl.col("gone") | said).then(pl.lit("innocent"))
    )  # fmt: skip
    reason = pl.when("gone").then(pl.lit("demolished_in_other_words")).otherwise(pl.lit("recent"))
    return verdict(rows, "HOU-13", "household", label, reason, pl.col("intact"))


def civ_05(lists: Lists) -> pl.DataFrame:
    """档外重病: a serious illness, and the household is no poor household."""
    rows = lists.of("health.illnesses").join(
        lists.persons.select("p").unique(), on="p", how="semi", maintain_order="left"
    )
    outside = rows.filter(~pl.col("h").is_in(lists.poor.implode()))
    per = outside.group_by("p", maintain_order=True).agg(
        pl.col("h", "v").first(), (pl.col("ill") == "大病").any().alias("serious"),
        pl.col("intact").any(),
    )  # fmt: skip
    label = pl.when("serious").then(pl.lit("real")).otherwise(pl.lit("innocent"))
    reason = pl.when("serious").then(pl.lit("")).otherwise(pl.lit("chronic"))
    return verdict(per, "CIV-05", "person", label, reason, pl.col("intact"))


def civ_08(lists: Lists) -> pl.DataFrame:
    """拆户保: some of the living members are covered, some are not."""
    cards = lists.of("civil_affairs.disability").filter(pl.col("level").is_in(list(SEVERE)))
    ill = lists.of("health.illnesses").filter(pl.col("ill") == "大病")
    permitted = pl.concat([cards.select("p", "determinable"), ill.select("p", "determinable")])
    permitted = permitted.group_by("p").agg(pl.col("determinable").any().alias("permitted"))
    rows = lists.allowance
    covered = rows.group_by("p").agg(
        pl.col("intact").any().alias("seen"), pl.col("determinable").any().alias("settled")
    )
    loose = rows.filter(~pl.col("intact")).select("name", "v").unique().with_columns(
        pl.lit(value=True).alias("haunted")
    )
    members = (
        lists.alive.filter(pl.col("h").is_in(rows["h"].implode()))
        .join(covered, on="p", how="left", maintain_order="left")
        .join(permitted, on="p", how="left", maintain_order="left")
        .join(loose, on=["name", "v"], how="left", maintain_order="left")
    )
    on = pl.col("seen").is_not_null()
    listed_dead = lists.persons.group_by("h").len("listed")
    homes = members.group_by("h", maintain_order=True).agg(
        pl.col("v").first(), pl.len().alias("n"), on.sum().alias("k"),
        (on & pl.col("permitted").is_not_null()).sum().alias("permitted"),
        (pl.col("seen").fill_null(value=True)).all().alias("all_seen"),
        (pl.col("settled").fill_null(value=True)).all().alias("all_settled"),
        (~on & pl.col("haunted").fill_null(value=False)).any().alias("haunted"),
        pl.col("unsettled").any(),
    ).join(listed_dead, on="h", how="left", maintain_order="left")  # fmt: skip
    part = (pl.col("k") > 0) & (pl.col("k") < pl.col("n"))
    single = part & (pl.col("k") == 1) & (pl.col("permitted") == 1)
    label = (
        pl.when(pl.col("unsettled") | ~pl.col("all_settled")).then(pl.lit("ambiguous"))
        .when(single).then(pl.lit("innocent"))
        .when(part & (pl.col("permitted") > 0)).then(pl.lit("ambiguous"))
        .when(part).then(pl.lit("real"))
        .when((pl.col("k") > 0) & (pl.col("listed") > pl.col("n"))).then(pl.lit("innocent"))
        .when((pl.col("k") > 0) & ~pl.col("all_seen")).then(pl.lit("innocent"))
    )  # fmt: skip
    reason = (
        pl.when(single).then(pl.lit("single_person"))
        .when((pl.col("listed") > pl.col("n")) & ~part).then(pl.lit("uncovered_dead"))
        .when(~part).then(pl.lit("damaged_id")).otherwise(pl.lit(""))
    )  # fmt: skip
    return verdict(homes, "CIV-08", "household", label, reason,
                   pl.col("all_seen") & ~pl.col("haunted"))  # fmt: skip


def std_01(lists: Lists) -> pl.DataFrame:
    """死亡仍享受: dead, and still on a list that pays or covers."""
    deaths = lists.of("health.deaths").filter(pl.col("p").is_not_null())
    dead = deaths.group_by("p").agg(
        pl.col("died_on").max().alias("died"), pl.col("intact").any().alias("sure")
    )
    grace = pl.col("died").dt.offset_by("1mo")
    dibao, tekun = lists.of("civil_affairs.dibao"), lists.of("civil_affairs.tekun")
    paid = lists.of("finance.card_payments").filter(
        (pl.col("amount") > 0) & (pl.col("result") == "发放成功")
    )
    parts = []
    for rows, after, tag in (
        (dibao, (pl.col("status") == "在保") & (pl.lit(lists.as_of("civil_affairs.dibao")) > grace), "tag"),
        (tekun, pl.lit(lists.as_of("civil_affairs.tekun")) > grace, "tag"),
        (paid, pl.col("paid_on") > grace, "tag"),
        (lists.of("insurance.coverage"), pl.date(pl.col("year"), 1, 1) > pl.col("died"), "tag"),
    ):
        joined = rows.filter(pl.col("p").is_not_null()).join(dead, on="p", how="inner")
        parts.append(joined.select("p", after.alias("after"), pl.col("intact"), "sure", pl.col(tag)))
    per = pl.concat(parts).group_by("p").agg(
        pl.col("after").any(),
        (pl.col("after") & pl.col("intact") & pl.col("sure")).any().alias("seen"),
        pl.col("tag").filter(pl.col("tag") != "").first().fill_null("in_grace_or_before"),
    )  # fmt: skip
    people = lists.persons.select("p", "h", "v")
    frame = per.join(people, on="p", how="inner")
    label = pl.when("after").then(pl.lit("real")).otherwise(pl.lit("innocent"))
    reason = pl.when("after").then(pl.lit("")).otherwise("tag")
    receiving = pl.concat([x.select("p") for x in (dibao, tekun, paid)]).unique()
    namesakes = lists.of("health.deaths").filter(pl.col("tag") == "outsider").select(
        pl.col("namesake").alias("p")
    ).unique()  # fmt: skip
    same = people.join(namesakes, on="p", how="semi").join(receiving, on="p", how="semi")
    return pl.concat([
        verdict(frame, "STD-01", "person", label, reason, pl.col("seen")),
        verdict(same, "STD-01", "person", "innocent", "namesake"),
    ])  # fmt: skip


def std_05(lists: Lists) -> pl.DataFrame:
    """低保特困重复: on active 低保 and on the list of the destitute."""
    tekun = lists.of("civil_affairs.tekun").group_by("p").agg(pl.col("intact").any().alias("tekun_seen"))
    rows = lists.of("civil_affairs.dibao").join(tekun, on="p", how="inner").join(
        lists.persons.select("p").unique(), on="p", how="semi"
    )  # fmt: skip
    per = rows.group_by("p", maintain_order=True).agg(
        pl.col("h", "v").first(), (pl.col("status") == "在保").any().alias("active"),
        (pl.col("intact") & pl.col("tekun_seen")).any().alias("seen"), pl.col("tag").first(),
    )  # fmt: skip
    label = pl.when("active").then(pl.lit("real")).otherwise(pl.lit("innocent"))
    return verdict(per, "STD-05", "person", label, pl.col("tag"), pl.col("seen"))


def _covered(lists: Lists) -> pl.DataFrame:
    return lists.of("insurance.coverage").filter(pl.col("year") == lists.day.year)




def ins_01(lists: Lists) -> pl.DataFrame:
    """未参保: of a poor household, alive, no newborn, and no row of the year anywhere."""
    return absent(_poor_members(lists), _covered(lists), "INS-01", by_village=True)


def ins_02(lists: Lists) -> pl.DataFrame:
    """新生儿漏保: three to twelve months old and not covered."""
    infants = lists.alive.filter(
        (lists.ages() > NEWBORN_DAYS) & (lists.ages() <= WATCH_DAYS)
    )
    return absent(infants, _covered(lists), "INS-02", by_village=True)


def ins_05(lists: Lists) -> pl.DataFrame:
    """超期未报: not settled at once, and the money not there by the end of the next month."""
    rows = lists.of("insurance.claims").filter(~pl.col("one_stop"))
    claims = rows.group_by("p", "discharged_on", "admitted_on", "hospital", "total").agg(
        pl.col("h", "v").first(), pl.col("received_on").max(), pl.col("story").first(),
        pl.col("intact").any(),
    ).with_columns(pl.col("discharged_on").dt.offset_by("1mo").dt.month_end().alias("due"))  # fmt: skip
    late = (pl.col("received_on") > pl.col("due")) | (
        pl.col("received_on").is_null() & (pl.col("due") < lists.day)
    )
    claims = claims.with_columns(
        late.fill_null(value=False).alias("late"),
        pl.when(pl.col("received_on") == pl.col("due")).then(pl.lit("last_day"))
        .when(pl.col("received_on").is_null()).then(pl.lit("not_due"))
        .when(pl.col("story") == "sent_again").then(pl.lit("sent_again"))
        .otherwise(pl.lit("")).alias("why"),
    )  # fmt: skip
    per = claims.group_by("p", maintain_order=True).agg(
        pl.col("h", "v").first(), pl.col("late").any(),
        (pl.col("late") & pl.col("intact")).any().alias("seen"),
        pl.col("why").filter(pl.col("why") != "").first().fill_null(""),
    )  # fmt: skip
    label = pl.when("late").then(pl.lit("real")).when(pl.col("why") != "").then(pl.lit("innocent"))
    return verdict(per, "INS-05", "person", label, pl.col("why"), pl.col("seen"))


def ins_09(lists: Lists) -> pl.DataFrame:
    """重复参保: two schemes or two places in one year."""
    rows = lists.of("insurance.coverage")
    own = rows.filter(pl.col("p").is_not_null())
    years = own.group_by("p", "year").agg(
        pl.col("h", "v").first(),
        ((pl.col("scheme").n_unique() > 1) | (pl.col("place").n_unique() > 1)).alias("twice"),
        pl.col("intact").all(), pl.col("tag").filter(pl.col("tag") != "").first(),
    )  # fmt: skip
    per = years.group_by("p", maintain_order=True).agg(
        pl.col("h", "v").first(), pl.col("twice").any(), pl.col("intact").all(),
        pl.col("tag").drop_nulls().first().fill_null(""),
    ).join(lists.persons.select("p").unique(), on="p", how="semi", maintain_order="left")  # fmt: skip
    label = (
        pl.when("twice").then(pl.lit("real"))
        .when(pl.col("tag").is_in(["row_twice", "other_year"])).then(pl.lit("innocent"))
    )  # fmt: skip
    namesakes = rows.filter(pl.col("tag") == "outsider").select(pl.col("namesake").alias("p")).unique()
    same = lists.persons.select("p", "h", "v").join(namesakes, on="p", how="semi").join(
        per.filter("twice").select("p"), on="p", how="anti"
    )  # fmt: skip
    return pl.concat([
        verdict(per, "INS-09", "person", label, pl.col("tag"), pl.col("intact")),
        verdict(same, "INS-09", "person", "innocent", "namesake"),
    ])  # fmt: skip


def mon_13(lists: Lists) -> pl.DataFrame:
    """缺帮扶人: nobody named."""
    none = pl.col("helper").is_in(list(EMPTY_HELPERS))
    label = (
        pl.when(none).then(pl.lit("real"))
        .when(pl.col("helper_tag") == "merged_helper").then(pl.lit("innocent"))
    )  # fmt: skip
    return verdict(lists.active, "MON-13", "household", label, pl.col("helper_tag"))


def mon_14(lists: Lists) -> pl.DataFrame:
    """措施不对应: a risk that none of the measures answers."""
    table = pl.DataFrame(
        [(r, m) for r, allowed in ALLOWED.items() for m in allowed], schema=["risk", "measure"],
        orient="row",
    )  # fmt: skip
    risks = lists.active.select("h", "v", pl.col("risks").alias("risk"), "measures").explode("risk")
    answered = (
        risks.explode("measures")
        .join(table, left_on=["risk", "measures"], right_on=["risk", "measure"], how="semi")
        .select("h", "risk")
        .unique()
    )
    open_risks = risks.join(answered, on=["h", "risk"], how="anti")
    return verdict(open_risks.unique("h", maintain_order=True), "MON-14", "household", "real")


def inc_01(lists: Lists) -> pl.DataFrame:
    """收入低于监测线: per-head net income below the line."""
    label = (
        pl.when(pl.col("net_income_per_head") < INCOME_LINE).then(pl.lit("real"))
        .when(pl.col("net_income_per_head") == INCOME_LINE).then(pl.lit("innocent"))
    )  # fmt: skip
    return verdict(lists.active, "INC-01", "household", label, "exactly_on_the_line")


def fun_05(lists: Lists) -> pl.DataFrame:
    """一卡通应发实发: what was paid is not what was due."""
    rows = lists.of("finance.card_payments").filter(pl.col("p").is_not_null())
    sums = rows.group_by("p", "item", "period").agg(
        pl.col("h", "v").first(), pl.col("due").max(),
        pl.col("amount").filter(pl.col("result") == "发放成功").sum().alias("paid"),
        pl.len().alias("rows"), pl.col("intact").all(),
    )  # fmt: skip
    wrong = (pl.col("paid") - pl.col("due")).abs() > 0.005
    per = sums.with_columns(wrong.alias("wrong")).group_by("p", maintain_order=True).agg(
        pl.col("h", "v").first(), pl.col("wrong").any(),
        (pl.col("wrong") & pl.col("intact")).any().alias("seen"),
        (pl.col("rows") > 1).any().alias("again"),
    ).join(lists.persons.select("p").unique(), on="p", how="semi", maintain_order="left")  # fmt: skip
    label = pl.when("wrong").then(pl.lit("real")).when("again").then(pl.lit("innocent"))
    return verdict(per, "FUN-05", "person", label, "failed_then_paid", pl.col("seen"))


RULES: tuple[Rule, ...] = (
    edu_02, edu_04, hea_01, hea_06, hou_01, hou_02, hou_09, hou_10, hou_13, civ_05, civ_08, std_01,
    std_05, ins_01, ins_02, ins_05, ins_09, mon_13, mon_14, inc_01, rounded_villages,
    blank_villages, zero_change, fun_05,
)  # fmt: skip
"""Every rule of the page."""

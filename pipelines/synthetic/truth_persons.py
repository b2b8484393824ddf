"""School, health and insurance for each person: the rules of RULES-A.md over the true rows."""

import datetime as dt

import polars as pl

from pipelines.synthetic.truth import Lists, absent, present, verdict

NEWBORN_DAYS, WATCH_DAYS = 90, 365
EDU_FROM, EDU_TO = 6, 15


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
    result = absent(children, rows, "EDU-02", pupils, "v")
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
    paid = lists.of("education.student_aid")
    aid = paid.filter(
        (pl.col("amount") > 0)
        & pl.col("term").str.starts_with(f"{year}年{'春' if spring else '秋'}季")
    )
    pupils = lists.of("education.enrolment").filter(pl.col("status") == "在读")
    settled = pupils.group_by("p").agg(pl.col("intact").any().alias("pupil_seen"))
    holders = (
        lists.of("civil_affairs.disability")
        .group_by("p")
        .agg(pl.col("intact").any().alias("holder_seen"))
    )
    homes = lists.allowance_homes.select("h", pl.col("seen").alias("home_seen"))
    children = (
        lists.alive.join(settled, on="p", how="inner", maintain_order="left")
        .join(holders, on="p", how="left", maintain_order="left")
        .join(homes, on="h", how="left", maintain_order="left")
        .with_columns(pl.col("h").is_in(lists.poor.implode()).alias("poor"))
    )
    claims = (
        pl.col("poor") | pl.col("home_seen").is_not_null() | pl.col("holder_seen").is_not_null()
    )
    sure = (
        pl.col("poor")
        | pl.col("home_seen").fill_null(value=False)
        | pl.col("holder_seen").fill_null(value=False)
    )
    children = children.filter(claims).with_columns(
        (pl.col("unsettled") | ~sure | ~pl.col("pupil_seen")).alias("unsettled")
    )
    return absent(children, aid, "EDU-04", paid, None)


def hea_01(lists: Lists) -> pl.DataFrame:
    """漏签: of a poor household, alive, no newborn, and no contract valid on the round."""
    contracts = lists.of("health.doctor_contracts")
    valid = contracts.filter((pl.col("signed_on") <= lists.day) & (pl.col("valid_to") >= lists.day))
    return absent(_poor_members(lists), valid, "HEA-01", contracts, "v")


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
        pl.when(pl.col("plain").is_null())
        .then(pl.lit("real"))
        .when(pl.col("plain") | (pl.col("why") == "chronic"))
        .then(None)
        .when("settled")
        .then(pl.lit("innocent"))
        .otherwise(pl.lit("ambiguous"))
    )
    removed = lists.monitored.filter(
        pl.col("risks").list.contains("因病") & pl.col("risk_removed")
    ).join(ill.select("h").unique(), on="h", how="anti")
    return pl.concat(
        [
            verdict(
                frame,
                "HEA-06",
                "household",
                label,
                pl.col("why"),
                ~pl.col("h").is_in(doubt.implode()),
            ),
            verdict(removed, "HEA-06", "household", "innocent", "risk_removed"),
        ]
    )


def _covered(lists: Lists) -> pl.DataFrame:
    return lists.of("insurance.coverage").filter(pl.col("year") == lists.day.year)


def _uncovered(lists: Lists, subjects: pl.DataFrame, rule: str) -> pl.DataFrame:
    """Say who is not covered; a row in a mother's name may be any of her small children's."""
    rows = _covered(lists)
    small = subjects.filter(lists.ages() <= 2 * WATCH_DAYS)
    mothers = rows.filter(pl.col("tag") == "mothers_name").select("h", "male").unique()
    perhaps = small.join(mothers, on=["h", "male"], how="semi")["p"]
    result = absent(subjects, rows, rule, lists.of("insurance.coverage"), "village")
    return result.with_columns(
        (pl.col("detectable") & ~pl.col("p").is_in(perhaps.implode())).alias("detectable")
    )


def ins_01(lists: Lists) -> pl.DataFrame:
    """未参保: of a poor household, alive, no newborn, and no row of the year anywhere."""
    return _uncovered(lists, _poor_members(lists), "INS-01")


def ins_02(lists: Lists) -> pl.DataFrame:
    """新生儿漏保: three to twelve months old and not covered."""
    infants = lists.alive.filter((lists.ages() > NEWBORN_DAYS) & (lists.ages() <= WATCH_DAYS))
    return _uncovered(lists, infants, "INS-02")

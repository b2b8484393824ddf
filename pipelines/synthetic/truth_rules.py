"""Every rule of RULES-A.md over the true rows; here those on money, welfare and monitoring."""

import polars as pl

from pipelines.synthetic.roster import ALLOWED, EMPTY_HELPERS, INCOME_LINE
from pipelines.synthetic.truth import Lists, Rule, verdict
from pipelines.synthetic.truth_housing import hou_01, hou_02, hou_09, hou_10, hou_13
from pipelines.synthetic.truth_persons import edu_02, edu_04, hea_01, hea_06, ins_01, ins_02
from pipelines.synthetic.truth_villages import blank_villages, rounded_villages, zero_change

SEVERE = ("一级", "二级")


def civ_05(lists: Lists) -> pl.DataFrame:
    """档外重病: a serious illness, and the household is no poor household."""
    rows = lists.of("health.illnesses").join(
        lists.persons.select("p").unique(), on="p", how="semi", maintain_order="left"
    )
    outside = rows.filter(~pl.col("h").is_in(lists.poor.implode()))
    per = outside.group_by("p", maintain_order=True).agg(
        pl.col("h", "v").first(),
        (pl.col("ill") == "大病").any().alias("serious"),
        pl.col("intact").any(),
    )
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
    loose = (
        rows.filter(~pl.col("intact"))
        .select("name", "v")
        .unique()
        .with_columns(pl.lit(value=True).alias("haunted"))
    )
    members = (
        lists.alive.filter(pl.col("h").is_in(rows["h"].implode()))
        .join(covered, on="p", how="left", maintain_order="left")
        .join(permitted, on="p", how="left", maintain_order="left")
        .join(loose, on=["name", "v"], how="left", maintain_order="left")
    )
    on = pl.col("seen").is_not_null()
    listed_dead = lists.persons.group_by("h").len("listed")
    homes = (
        members.group_by("h", maintain_order=True)
        .agg(
            pl.col("v").first(),
            pl.len().alias("n"),
            on.sum().alias("k"),
            (on & pl.col("permitted").is_not_null()).sum().alias("permitted"),
            (pl.col("seen").fill_null(value=True)).all().alias("all_seen"),
            (pl.col("settled").fill_null(value=True)).all().alias("all_settled"),
            (~on & pl.col("haunted").fill_null(value=False)).any().alias("haunted"),
            pl.col("unsettled").any(),
        )
        .join(listed_dead, on="h", how="left", maintain_order="left")
    )
    part = (pl.col("k") > 0) & (pl.col("k") < pl.col("n"))
    single = part & (pl.col("k") == 1) & (pl.col("permitted") == 1)
    label = (
        pl.when(pl.col("unsettled") | ~pl.col("all_settled"))
        .then(pl.lit("ambiguous"))
        .when(single)
        .then(pl.lit("innocent"))
        .when(part & (pl.col("permitted") > 0))
        .then(pl.lit("ambiguous"))
        .when(part)
        .then(pl.lit("real"))
        .when((pl.col("k") > 0) & (pl.col("listed") > pl.col("n")))
        .then(pl.lit("innocent"))
        .when((pl.col("k") > 0) & ~pl.col("all_seen"))
        .then(pl.lit("innocent"))
    )
    reason = (
        pl.when(single)
        .then(pl.lit("single_person"))
        .when((pl.col("listed") > pl.col("n")) & ~part)
        .then(pl.lit("uncovered_dead"))
        .when(~part)
        .then(pl.lit("damaged_id"))
        .otherwise(pl.lit(""))
    )
    return verdict(
        homes, "CIV-08", "household", label, reason, pl.col("all_seen") & ~pl.col("haunted")
    )


def std_01(lists: Lists) -> pl.DataFrame:
    """死亡仍享受: dead, and still on a list that pays or covers, on the roster or struck off it."""
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
        (
            dibao,
            (pl.col("status") == "在保") & (pl.lit(lists.as_of("civil_affairs.dibao")) > grace),
            "tag",
        ),
        (tekun, pl.lit(lists.as_of("civil_affairs.tekun")) > grace, "tag"),
        (paid, pl.col("paid_on") > grace, "tag"),
        (lists.of("insurance.coverage"), pl.date(pl.col("year"), 1, 1) > pl.col("died"), "tag"),
    ):
        joined = rows.filter(pl.col("p").is_not_null()).join(dead, on="p", how="inner")
        parts.append(
            joined.select("p", after.alias("after"), pl.col("intact"), "sure", pl.col(tag))
        )
    per = (
        pl.concat(parts)
        .group_by("p")
        .agg(
            pl.col("after").any(),
            (pl.col("after") & pl.col("intact") & pl.col("sure")).any().alias("seen"),
            pl.col("tag").filter(pl.col("tag") != "").min().fill_null("in_grace_or_before"),
        )
    )
    people = lists.persons.select("p", "h", "v")
    frame = per.join(lists.ever_listed, on="p", how="inner").with_columns(
        pl.col("seen") & pl.col("known")
    )
    label = pl.when("after").then(pl.lit("real")).otherwise(pl.lit("innocent"))
    reason = pl.when("after").then(pl.lit("")).otherwise("tag")
    receiving = pl.concat([x.select("p") for x in (dibao, tekun, paid)]).unique()
    namesakes = (
        lists.of("health.deaths")
        .filter(pl.col("tag") == "outsider")
        .select(pl.col("namesake").alias("p"))
        .unique()
    )
    same = people.join(namesakes, on="p", how="semi").join(receiving, on="p", how="semi")
    return pl.concat(
        [
            verdict(frame, "STD-01", "person", label, reason, pl.col("seen")),
            verdict(same, "STD-01", "person", "innocent", "namesake"),
        ]
    )


def std_05(lists: Lists) -> pl.DataFrame:
    """低保特困重复: on active 低保 and on the list of the destitute."""
    tekun = (
        lists.of("civil_affairs.tekun")
        .group_by("p")
        .agg(pl.col("intact").any().alias("tekun_seen"))
    )
    rows = (
        lists.of("civil_affairs.dibao")
        .join(tekun, on="p", how="inner")
        .join(lists.persons.select("p").unique(), on="p", how="semi")
    )
    per = rows.group_by("p", maintain_order=True).agg(
        pl.col("h", "v").first(),
        (pl.col("status") == "在保").any().alias("active"),
        (pl.col("intact") & pl.col("tekun_seen")).any().alias("seen"),
        pl.col("tag").max(),
    )
    label = pl.when("active").then(pl.lit("real")).otherwise(pl.lit("innocent"))
    return verdict(per, "STD-05", "person", label, pl.col("tag"), pl.col("seen"))


def ins_05(lists: Lists) -> pl.DataFrame:
    """超期未报: not settled at once, and the money not there by the end of the next month."""
    rows = lists.of("insurance.claims").filter(~pl.col("one_stop"))
    claims = (
        rows.group_by("p", "discharged_on", "admitted_on", "hospital", "total")
        .agg(
            pl.col("h", "v").first(),
            pl.col("received_on").max(),
            pl.col("story").max(),
            pl.col("intact").any(),
        )
        .with_columns(pl.col("discharged_on").dt.offset_by("1mo").dt.month_end().alias("due"))
    )
    late = (pl.col("received_on") > pl.col("due")) | (
        pl.col("received_on").is_null() & (pl.col("due") < lists.day)
    )
    claims = claims.with_columns(
        late.fill_null(value=False).alias("late"),
        pl.when(pl.col("received_on") == pl.col("due"))
        .then(pl.lit("last_day"))
        .when(pl.col("received_on").is_null())
        .then(pl.lit("not_due"))
        .when(pl.col("story") == "sent_again")
        .then(pl.lit("sent_again"))
        .otherwise(pl.lit(""))
        .alias("why"),
    )
    per = claims.group_by("p", maintain_order=True).agg(
        pl.col("h", "v").first(),
        pl.col("late").any(),
        (pl.col("late") & pl.col("intact")).any().alias("seen"),
        pl.col("why").filter(pl.col("why") != "").min().fill_null(""),
    )
    label = pl.when("late").then(pl.lit("real")).when(pl.col("why") != "").then(pl.lit("innocent"))
    return verdict(per, "INS-05", "person", label, pl.col("why"), pl.col("seen"))


def ins_09(lists: Lists) -> pl.DataFrame:
    """重复参保: two schemes or two places in one year."""
    rows = lists.of("insurance.coverage")
    own = rows.filter(pl.col("p").is_not_null())
    years = own.group_by("p", "year").agg(
        pl.col("h", "v").first(),
        ((pl.col("scheme").n_unique() > 1) | (pl.col("place").n_unique() > 1)).alias("twice"),
        pl.col("intact").all(),
        pl.col("tag").filter(pl.col("tag") != "").min(),
    )
    per = (
        years.group_by("p", maintain_order=True)
        .agg(
            pl.col("h", "v").first(),
            pl.col("twice").any(),
            pl.col("intact").all(),
            pl.col("tag").drop_nulls().min().fill_null(""),
        )
        .join(lists.persons.select("p").unique(), on="p", how="semi", maintain_order="left")
    )
    label = (
        pl.when("twice")
        .then(pl.lit("real"))
        .when(pl.col("tag").is_in(["row_twice", "other_year"]))
        .then(pl.lit("innocent"))
    )
    namesakes = (
        rows.filter(pl.col("tag") == "outsider").select(pl.col("namesake").alias("p")).unique()
    )
    same = (
        lists.persons.select("p", "h", "v")
        .join(namesakes, on="p", how="semi")
        .join(per.filter("twice").select("p"), on="p", how="anti")
    )
    return pl.concat(
        [
            verdict(per, "INS-09", "person", label, pl.col("tag"), pl.col("intact")),
            verdict(same, "INS-09", "person", "innocent", "namesake"),
        ]
    )


def mon_13(lists: Lists) -> pl.DataFrame:
    """缺帮扶人: nobody named."""
    none = pl.col("helper").is_in(list(EMPTY_HELPERS))
    label = (
        pl.when(none)
        .then(pl.lit("real"))
        .when(pl.col("helper_tag") == "merged_helper")
        .then(pl.lit("innocent"))
    )
    return verdict(lists.active, "MON-13", "household", label, pl.col("helper_tag"))


def mon_14(lists: Lists) -> pl.DataFrame:
    """措施不对应: a risk that none of the measures answers."""
    table = pl.DataFrame(
        [(r, m) for r, allowed in ALLOWED.items() for m in allowed],
        schema=["risk", "measure"],
        orient="row",
    )
    risks = lists.active.select("h", "v", pl.col("risks").alias("risk"), "measures").explode("risk")
    answered = (
        risks.explode("measures")
        .join(table, left_on=["risk", "measures"], right_on=["risk", "measure"], how="semi")
        .select("h", "risk")
        .unique()
    )
    open_risks = risks.join(answered, on=["h", "risk"], how="anti")
    # 社会帮扶 answers several risks; a household helped only so looks as if it had no measure.
    social = lists.active.filter(
        (pl.col("measures").list.len() == 1) & (pl.col("measures").list.get(0) == "社会帮扶")
    ).join(open_risks.select("h"), on="h", how="anti")
    return pl.concat(
        [
            verdict(open_risks.unique("h", maintain_order=True), "MON-14", "household", "real"),
            verdict(social, "MON-14", "household", "innocent", "social_help_only"),
        ]
    )


def inc_01(lists: Lists) -> pl.DataFrame:
    """收入低于监测线: per-head net income below the line."""
    label = (
        pl.when(pl.col("net_income_per_head") < INCOME_LINE)
        .then(pl.lit("real"))
        .when(pl.col("net_income_per_head") == INCOME_LINE)
        .then(pl.lit("innocent"))
    )
    return verdict(lists.active, "INC-01", "household", label, "exactly_on_the_line")


def fun_05(lists: Lists) -> pl.DataFrame:
    """一卡通应发实发: what was paid is not what was due."""
    rows = lists.of("finance.card_payments").filter(pl.col("p").is_not_null())
    sums = rows.group_by("p", "item", "period").agg(
        pl.col("h", "v").first(),
        pl.col("due").max(),
        pl.col("amount").filter(pl.col("result") == "发放成功").sum().alias("paid"),
        pl.len().alias("rows"),
        pl.col("intact").all(),
    )
    wrong = (pl.col("paid") - pl.col("due")).abs() > 0.005
    per = (
        sums.with_columns(wrong.alias("wrong"))
        .group_by("p", maintain_order=True)
        .agg(
            pl.col("h", "v").first(),
            pl.col("wrong").any(),
            (pl.col("wrong") & pl.col("intact")).any().alias("seen"),
            (pl.col("rows") > 1).any().alias("again"),
        )
        .join(lists.persons.select("p").unique(), on="p", how="semi", maintain_order="left")
    )
    label = pl.when("wrong").then(pl.lit("real")).when("again").then(pl.lit("innocent"))
    return verdict(per, "FUN-05", "person", label, "failed_then_paid", pl.col("seen"))


RULES: tuple[Rule, ...] = (
    edu_02,
    edu_04,
    hea_01,
    hea_06,
    hou_01,
    hou_02,
    hou_09,
    hou_10,
    hou_13,
    civ_05,
    civ_08,
    std_01,
    std_05,
    ins_01,
    ins_02,
    ins_05,
    ins_09,
    mon_13,
    mon_14,
    inc_01,
    rounded_villages,
    blank_villages,
    zero_change,
    fun_05,
)
"""Every rule of the page."""

"""Houses and households: the rules of RULES-A.md over the true rows."""

import polars as pl

from pipelines.synthetic.truth import Lists, present, verdict

AREA_PER_HEAD, DEMOLISH_MONTHS, REPEAT_YEARS = 25, 12, 10


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
        pl.when(open_case)
        .then(pl.lit("ambiguous"))
        .when(pl.col("plain").is_null())
        .then(pl.lit("real"))
        .when(plain)
        .then(None)
        .when("settled")
        .then(pl.lit("innocent"))
        .otherwise(pl.lit("ambiguous"))
    )
    return verdict(
        frame,
        "HOU-01",
        "household",
        label,
        pl.col("why").fill_null(""),
        ~pl.col("h").is_in(doubt.implode()),
    )


def hou_02(lists: Lists) -> pl.DataFrame:
    """危房未保障: the house lived in was last found C or D, neither renovated since nor left."""
    rows = lists.of("housing.appraisals").filter(pl.col("h").is_not_null())
    unoccupied = rows.filter((pl.col("occupied") == "否") & pl.col("grade_true").is_in(["C", "D"]))
    lived = rows.filter(pl.col("occupied") == "是")
    latest = (
        lived.sort("h", "appraised_on", maintain_order=True)
        .group_by("h", maintain_order=True)
        .last()
    )
    earlier = lived.filter(pl.col("grade_true").is_in(["C", "D"]))["h"]
    all_seen = rows.group_by("h").agg(pl.col("intact").all().alias("rows_seen"))
    done = lists.of("housing.renovations").filter(
        pl.col("h").is_not_null() & (pl.col("finished_on") <= lists.day)
    )
    moved = lists.of("housing.relocations").filter(pl.col("moved_in_on") <= lists.day)
    renovated = done.group_by("h").agg(
        pl.col("finished_on").max(),
        pl.col("tag").max().alias("renovation"),
        pl.col("determinable").any().alias("renovation_settled"),
    )
    relocated = moved.group_by("h").agg(pl.col("determinable").any().alias("moved_settled"))
    loose = pl.concat(
        [
            lists.of(d).filter(~pl.col("intact")).select("name", "v")
            for d in ("housing.renovations", "housing.relocations")
        ]
    ).unique()
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
        pl.when(unsafe & ~repaired & ~left)
        .then(pl.lit("real"))
        .when(unsafe & (pl.col("renovation_settled") | pl.col("moved_settled")))
        .then(pl.lit("innocent"))
        .when(unsafe)
        .then(pl.lit("ambiguous"))
        .when(pl.col("h").is_in(earlier.implode()) | pl.col("h").is_in(unoccupied["h"].implode()))
        .then(pl.when("rows_seen").then(pl.lit("innocent")).otherwise(pl.lit("ambiguous")))
    )
    reason = (
        pl.when(unsafe & repaired)
        .then(
            pl.when(pl.col("renovation").is_in(["other_member", "former_head"]))
            .then(pl.concat_str(pl.lit("renovation_"), pl.col("renovation")))
            .otherwise(pl.lit("renovated"))
        )
        .when(unsafe & left)
        .then(pl.lit("relocated"))
        .when(pl.col("h").is_in(unoccupied["h"].implode()))
        .then(pl.lit("unoccupied"))
        .otherwise(pl.lit("later_appraisal"))
    )
    return verdict(
        frame,
        "HOU-02",
        "household",
        label,
        reason,
        pl.col("rows_seen") & ~pl.col("h").is_in(doubt.implode()),
    )


def hou_09(lists: Lists) -> pl.DataFrame:
    """重复享受住房补贴: two projects within ten years, or a project and a relocation."""
    rows = lists.of("housing.renovations")
    own = rows.filter(pl.col("h").is_not_null())
    moved = (
        lists.of("housing.relocations")
        .group_by("h")
        .agg(pl.col("intact").any().alias("moved_seen"))
    )
    projects = own.group_by("h").agg(
        pl.col("v").first(),
        pl.col("year").n_unique().alias("projects"),
        (pl.col("year").max() - pl.col("year").min()).alias("apart"),
        pl.col("intact").all().alias("seen"),
        pl.col("tag").max().alias("tag"),
    )
    frame = projects.join(moved, on="h", how="left", maintain_order="left").join(
        lists.persons.select("h").unique(), on="h", how="semi", maintain_order="left"
    )
    twice = (pl.col("projects") > 1) & (pl.col("apart") <= REPEAT_YEARS)
    both = pl.col("moved_seen").is_not_null()
    label = (
        pl.when(twice | both)
        .then(pl.lit("real"))
        .when(pl.col("tag").is_in(["same_project", "split_household"]))
        .then(pl.lit("innocent"))
    )
    namesakes = rows.filter(pl.col("tag") == "outsider").select(pl.col("namesake").alias("p"))
    others = lists.persons.join(namesakes, on="p", how="semi").join(
        frame.select("h"), on="h", how="anti"
    )
    return pl.concat(
        [
            verdict(
                frame,
                "HOU-09",
                "household",
                label,
                pl.col("tag"),
                pl.col("seen") & pl.col("moved_seen").fill_null(value=True),
            ),
            verdict(
                others.unique("h", maintain_order=True),
                "HOU-09",
                "household",
                "innocent",
                "namesake",
            ),
        ]
    )


def hou_10(lists: Lists) -> pl.DataFrame:
    """超面积: more than 25 m2 for each who moved; one-person households are left to local rule."""
    rows = lists.of("housing.relocations").join(
        lists.persons.select("h").unique(), on="h", how="semi", maintain_order="left"
    )
    over = pl.col("area") / pl.col("members") > AREA_PER_HEAD
    label = (
        pl.when(over & (pl.col("members") > 1))
        .then(pl.lit("real"))
        .when(pl.col("tag").is_in(["shrank", "one_person", "exactly_25"]))
        .then(pl.lit("innocent"))
    )
    return verdict(rows, "HOU-10", "household", label, pl.col("tag"), pl.col("intact"))


def hou_13(lists: Lists) -> pl.DataFrame:
    """旧房未拆: moved in more than twelve months ago, and the old house still stands."""
    rows = lists.of("housing.relocations").join(
        lists.persons.select("h").unique(), on="h", how="semi", maintain_order="left"
    )
    due = pl.col("moved_in_on").dt.offset_by(f"{DEMOLISH_MONTHS}mo") < lists.day
    said = pl.col("old_house_demolished") != "是"
    label = (
        pl.when(~pl.col("gone") & due)
        .then(pl.lit("real"))
        .when(~pl.col("gone") | said)
        .then(pl.lit("innocent"))
    )
    reason = pl.when("gone").then(pl.lit("demolished_in_other_words")).otherwise(pl.lit("recent"))
    return verdict(rows, "HOU-13", "household", label, reason, pl.col("intact"))

"""What a department's list does to a row: numbers, names, dates, places, phones, heads, sex.

Every damage is drawn by itself, at the rates below, and named in ``defects``; what had no effect
(two equal digits turned round, a name of two characters that should lose one) is not named.
"""

import numpy as np
import polars as pl

COUNTY = "990131"

ID_STATES = {"id_missing": 0.25, "id_masked": 0.07, "id_15_digits": 0.02}
ID_DAMAGE = {
    "id_typo": 0.05, "id_turned": 0.02, "id_dropped_digit": 0.01, "id_last_3_lost": 0.02,
    "id_of_housemate": 0.01,
}  # fmt: skip
NAME_DAMAGE = {
    "name_homophone": 0.025, "name_look_alike": 0.018, "name_short": 0.010,
    "name_other_char": 0.009, "name_turned": 0.003, "name_unreadable": 0.004,
    "name_separated": 0.003,
}  # fmt: skip
BIRTH_DAMAGE = {
    "birth_missing": 0.007,
    "birth_typo": 0.01,
    "birth_turned": 0.003,
    "birth_lunar": 0.003,
}
PLACE_DAMAGE = {"place_missing": 0.05, "village_missing": 0.04, "moved": 0.08}
PHONE_DAMAGE = {"phone_missing": 0.34, "phone_other": 0.10}
HEAD_DAMAGE = {"head_missing": 0.20, "head_other_member": 0.06, "head_wrong": 0.02}
SEX_WRONG = 0.005
MOST = 0.9
"""Greatest share of rows that one column's damages may have together, whatever the factor."""

FURTHER = {
    "name_traditional": 0.03, "name_and_head_exchanged": 0.01, "birth_decade": 0.01,
    "own_household": 0.04,
}  # fmt: skip
"""Further damage, where asked for: each drawn by itself."""
VILLAGES_RENAMED = 0.05
"""Share of villages of which, where asked for, no row's village is known: it has a new name."""

_TRADITIONAL = dict(
    zip(
        "张刘陈杨赵黄吴孙马罗郑谢韩冯萧许苏卢蒋贾叶阎钟范邹陆邱顾龙万钱汤贺赖龚"
        "国兰华伟丽强军杰涛刚红凤荣东贵义学云龙庆胜兴宁晓莲艳颖莹银爱",
        "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭許蘇盧蔣賈葉閻鐘範鄒陸邱顧龍萬錢湯賀賴龔"
        "國蘭華偉麗強軍傑濤剛紅鳳榮東貴義學雲龍慶勝興寧曉蓮艷穎瑩銀愛",
        strict=True,
    )
)

_HOMOPHONES = dict(
    zip(
        "英建国华伟明丽军秀兰芳敏静洋勇燕杰娟涛超平刚玲红玉珍凤荣波文辉鹏飞宇浩婷琳晓春生志德福贵成元正义忠东云龙山江河石松莲香萍永林庆海"
        "梅艳霞斌强磊小雪柏根保胜安宝峰宁康轩晨昊菊花翠莉彩素琴淑惠慧洁颖莹佳怡欣梦瑶琪倩蓉芬芝银爱美月妹",
        "瑛健果花纬名莉君绣蓝方闵靖阳永艳洁捐桃朝萍钢灵宏钰真奉容玻雯晖朋菲雨昊亭林小椿声智得富桂诚园政毅中冬芸隆珊姜荷时淞连湘平勇琳罄亥"
        "玫燕夏彬蔷蕾晓血百跟宝圣桉保锋柠糠宣辰浩桔华脆丽采愫芹叔慧惠杰影盈嘉宜新孟遥棋茜容纷枝吟艾镁悦昧",
        strict=True,
    )
)
_LOOK_ALIKE = dict(
    zip(
        "英梅海军玉平宇杰凤兰东春洋艳波辉晓玲红建刚丽芳明婷伟国永庆福富荣洁泽晨昊林柏根保宝晶清俊淑娟敏静秀贵",
        "莫海梅车王乎字木风三车舂样绝坡挥晚铃江健岗严方朋停纬园水厌富福莹浩译农吴休拍恨堡玉品请峻椒捐繁净季责",
        strict=True,
    )
)
_ANY = "国建秀英桂兰明华伟芳娜敏静丽强磊军洋勇艳杰娟涛超霞平刚玲梅红玉珍凤荣海波文斌辉鹏飞宇浩婷"
"""Characters of which one may stand in a name by mistake."""


def date_of(column: str) -> pl.Expr:
    """Give a column of days since 1970 as dates."""
    return pl.col(column).cast(pl.Int32).cast(pl.Date)


def places(v: pl.Expr) -> dict[str, pl.Expr]:
    """The codes of a village: twenty villages make a township."""
    township = pl.format(f"{COUNTY}{{}}", (101 + v // 20).cast(pl.String))
    return {
        "township_code": township,
        "village_code": pl.format("{}{}", township, (201 + v % 20).cast(pl.String)),
    }


def _states(size: int, shares: dict[str, float], rng: np.random.Generator) -> pl.Series:
    """One state a row, null where nothing happened."""
    drawn = rng.random(size)
    edges = np.cumsum(list(shares.values()))
    names = pl.Series([*shares, None], dtype=pl.String)
    return names.gather(np.searchsorted(edges, drawn, side="right"))


def _scaled(shares: dict[str, float], factor: float) -> dict[str, float]:
    most = MOST / sum(shares.values())
    return {kind: share * min(factor, most) for kind, share in shares.items()}


def damaged(
    rows: pl.DataFrame,
    everybody: pl.DataFrame,
    rng: np.random.Generator,
    factor: float = 1.0,
    *,
    further: bool = False,
) -> pl.DataFrame:
    """The rows as a department has them, with ``defects``.

    Args:
        rows: Who is listed.
        everybody: All people, for housemates.
        rng: Source of chance.
        factor: On every rate.
        further: With the damage of `FURTHER` too, and villages that have a new name.
    """
    size = rows.height
    kinds = {
        "id_state": {**ID_STATES, **ID_DAMAGE},
        "name_state": NAME_DAMAGE,
        "birth_state": BIRTH_DAMAGE,
        "place_state": PLACE_DAMAGE,
        "phone_state": PHONE_DAMAGE,
        "head_state": HEAD_DAMAGE,
        "sex_state": {"sex_wrong": SEX_WRONG},
    }
    frame = rows.with_columns(
        _states(size, _scaled(shares, factor), rng).alias(column)
        for column, shares in kinds.items()
    ).with_columns(
        place=pl.Series(rng.integers(6, 18, size)),
        digit=pl.Series(rng.integers(1, 10, size)),
        other=pl.Series(rng.integers(0, 10**8, size)),
        far=pl.Series(rng.integers(0, int(everybody["v"].max()) + 1, size)),  # type: ignore[arg-type]
    )
    mates = everybody.select(
        "n",
        mate_id=pl.col("id").shift(1).over("hh"),
        mate_name=pl.col("name").shift(1).over("hh"),
    )
    frame = (
        frame.join(mates, on="n", how="left", maintain_order="left")
        .pipe(_damaged_number)
        .pipe(_damaged_name)
        .pipe(_damaged_birth)
        .pipe(_damaged_rest)
    )
    if further:
        frame, more = _damaged_further(frame, rng, factor)
        kinds |= more
    return frame.with_columns(
        record_id=pl.format("l{}", pl.int_range(pl.len())),
        defects=pl.concat_list(*kinds).list.drop_nulls(),
    )


def _damaged_number(frame: pl.DataFrame) -> pl.DataFrame:
    number, state, place = pl.col("id"), pl.col("id_state"), pl.col("place")
    digit = number.str.slice(place, 1).cast(pl.Int64, strict=False).fill_null(0)
    typed = (digit + pl.col("digit")) % 10
    at = number.str.slice(place, 1)
    before = number.str.slice(place - 1, 1)
    text = (
        pl.when(state == "id_missing")
        .then(None)
        .when(state == "id_masked")
        .then(pl.concat_str(number.str.head(6), pl.lit("********"), number.str.tail(4)))
        .when(state == "id_15_digits")
        .then(pl.concat_str(number.str.head(6), number.str.slice(8, 9)))
        .when(state == "id_typo")
        .then(
            pl.concat_str(
                number.str.head(place), typed.cast(pl.String), number.str.slice(place + 1)
            )
        )
        .when(state == "id_turned")
        .then(pl.concat_str(number.str.head(place - 1), at, before, number.str.slice(place + 1)))
        .when(state == "id_dropped_digit")
        .then(pl.concat_str(number.str.head(place), number.str.slice(place + 1)))
        .when(state == "id_last_3_lost")
        .then(pl.concat_str(number.str.head(15), pl.lit("000")))
        .when(state == "id_of_housemate")
        .then(pl.coalesce("mate_id", "id"))
        .otherwise(number)
    )
    # A number of fifteen digits belongs to those born in the last century.
    late = (state == "id_15_digits") & (number.str.slice(6, 2) == "20")
    alone = (state == "id_of_housemate") & pl.col("mate_id").is_null()
    same = (state == "id_turned") & (at == before)
    untouched = late | alone | same
    return frame.with_columns(
        id_text=pl.when(untouched).then(number).otherwise(text),
        id_state=pl.when(~untouched.fill_null(value=False)).then(state),
    )


def _damaged_name(frame: pl.DataFrame) -> pl.DataFrame:
    name, state = pl.col("name"), pl.col("name_state")
    length = name.str.len_chars()
    last = name.str.tail(1)
    front = name.str.head(length - 1)
    any_char = pl.lit(_ANY).str.slice(pl.col("other") % len(_ANY), 1)
    homophone = last.replace_strict(_HOMOPHONES, default=None, return_dtype=pl.String)
    alike = last.replace_strict(_LOOK_ALIKE, default=None, return_dtype=pl.String)
    long = length >= 3
    new = (
        pl.when(state == "name_homophone")
        .then(front + homophone)
        .when(state == "name_look_alike")
        .then(front + alike)
        .when((state == "name_short") & long)
        .then(name.str.head(1) + last)
        .when((state == "name_other_char") & (any_char != last))
        .then(front + any_char)
        .when((state == "name_turned") & long)
        .then(name.str.head(1) + last + name.str.slice(1, 1))
        .when(state == "name_unreadable")
        .then(front + pl.lit("?"))
        .when(state == "name_separated")
        .then(name.str.head(1) + pl.lit(" ") + name.str.slice(1))
    )
    changed = new.is_not_null() & (new != name)
    return frame.with_columns(
        name=pl.when(changed).then(new).otherwise(name),
        name_state=pl.when(changed).then(state),
    )


def _damaged_birth(frame: pl.DataFrame) -> pl.DataFrame:
    state, day = pl.col("birth_state"), date_of("birth")
    turned = pl.date(day.dt.year(), day.dt.day().clip(1, 12), day.dt.month())
    can_turn = (day.dt.day() <= 12) & (day.dt.day() != day.dt.month())
    # One digit wrong: the day's last, where three more is a day of the month, else the year's.
    unit = (pl.col("digit") % 2 == 0) & (day.dt.day() % 10 <= 6) & (day.dt.day() <= 25)
    slipped = pl.when(unit).then(day.dt.offset_by("3d")).otherwise(day.dt.offset_by("-1y"))
    new = (
        pl.when(state == "birth_missing")
        .then(None)
        .when(state == "birth_typo")
        .then(slipped)
        .when((state == "birth_turned") & can_turn)
        .then(turned)
        .when(state == "birth_lunar")
        .then(day.dt.offset_by("-33d"))
        .otherwise(day)
    )
    kept = ~((state == "birth_turned") & ~can_turn).fill_null(value=False)
    return frame.with_columns(birth_date=new, birth_state=pl.when(kept).then(state))


def _damaged_rest(frame: pl.DataFrame) -> pl.DataFrame:
    place, head = pl.col("place_state"), pl.col("head_state")
    moved = (place == "moved").fill_null(value=False)
    at = places(pl.when(moved).then("far").otherwise("v"))
    none = pl.lit(None, dtype=pl.String)
    no_village = place.is_in(["village_missing", "place_missing"]).fill_null(value=False)
    return frame.with_columns(
        village_code=pl.when(no_village).then(none).otherwise(at["village_code"]),
        township_code=pl.when(place == "place_missing").then(none).otherwise(at["township_code"]),
        phone=pl.when(pl.col("phone_state") == "phone_missing")
        .then(none)
        .when(pl.col("phone_state") == "phone_other")
        .then(pl.format("136{}", pl.col("other").cast(pl.String).str.zfill(8)))
        .otherwise("phone"),
        head_name=pl.when(head == "head_missing")
        .then(none)
        .when(head == "head_other_member")
        .then(pl.coalesce("mate_name", "head_name"))
        .when(head == "head_wrong")
        .then(pl.col("head_name").str.head(1) + pl.lit("某"))
        .otherwise("head_name"),
        sex=pl.when(pl.col("sex_state").is_not_null())
        .then(pl.when(pl.col("sex") == "男").then(pl.lit("女")).otherwise(pl.lit("男")))
        .otherwise("sex"),
    )


def _damaged_further(
    frame: pl.DataFrame, rng: np.random.Generator, factor: float
) -> tuple[pl.DataFrame, dict[str, dict[str, float]]]:
    """Damage of `FURTHER`, and the columns that name it."""
    kinds = {f"{kind}_state": {kind: share} for kind, share in FURTHER.items()}
    states = [_states(frame.height, _scaled(s, factor), rng).alias(c) for c, s in kinds.items()]
    frame = frame.with_columns(states)
    traditional, exchanged, decade, own = (pl.col(column).is_not_null() for column in kinds)
    villages = int(frame["v"].max()) + 1  # type: ignore[arg-type]
    renamed = pl.Series(rng.random(villages) < VILLAGES_RENAMED)
    lost = pl.Series("village_state", renamed.gather(frame["v"]))
    written = pl.col("name").str.replace_many(list(_TRADITIONAL), list(_TRADITIONAL.values()))
    # What has no effect is not named.
    alike = (written == pl.col("name")).fill_null(value=True)
    frame = frame.with_columns(
        name_traditional_state=pl.when(~alike).then("name_traditional_state"),
        name=pl.when(traditional).then(written).otherwise("name"),
        birth_date=pl.when(decade)
        .then(pl.col("birth_date").dt.offset_by("-10y"))
        .otherwise("birth_date"),
        head_name=pl.when(own).then("name").otherwise("head_name"),
        village_code=pl.when(~lost).then("village_code"),
        village_state=pl.when(lost).then(pl.lit("village_renamed")),
    )
    turn = exchanged & pl.col("head_name").is_not_null()
    frame = frame.with_columns(
        name=pl.when(turn).then("head_name").otherwise("name"),
        head_name=pl.when(turn).then("name").otherwise("head_name"),
    )
    return frame, {**kinds, "village_state": {}}

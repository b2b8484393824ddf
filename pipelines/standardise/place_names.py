"""How names of villages and townships are written, and what of them tells one from another."""

import polars as pl

from pipelines.standardise.characters import characters_of, folded, of_places
from pipelines.standardise.text import tidy

_OFFICES = r"(?:社区|村)?(?:村民委员会|居民委员会|村委会|居委会|村委|居委|村民小组)$"
KIND = r"(?:行政村|社区|嘎查|噶查|自然村|村)$"
_TOWNSHIP_KIND = r"(?:人民政府|街道办事处|办事处|街道办|街道|民族乡|苏木|镇|乡|管理区)$"


def spelt(text: pl.Expr) -> pl.Expr:
    """Give a place name in NFKC without white space, brackets and punctuation."""
    return tidy(text).str.replace_all(r"[\s()\[\]【】〔〕<>《》\"'.·]+", "")


def simplified(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Give a frame with the usual form of each character in columns `names`: 石橋村 is 石桥村."""
    return frame.with_columns(
        folded(pl.col(name), of_places(), characters_of(frame[name])) for name in names
    )


def short_name(name: pl.Expr) -> pl.Expr:
    """Give a village's name without 村, 社区, 村委会; a name that is nothing else stays."""
    bare = name.str.replace(_OFFICES, "").str.replace(KIND, "")
    return pl.when(bare.str.len_chars() > 0).then(bare).otherwise(name)


def short_township(name: pl.Expr) -> pl.Expr:
    """Give a township's name without 镇, 乡, 街道办事处 and the like."""
    bare = name.str.replace(_TOWNSHIP_KIND, "").str.replace(_TOWNSHIP_KIND, "")
    return pl.when(bare.str.len_chars() > 0).then(bare).otherwise(name)

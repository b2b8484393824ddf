"""The commands by which people decide about links: ``bidui review …`` and ``bidui explain``."""

import datetime as dt
import getpass
from pathlib import Path
from typing import Annotated

import typer

from dagster_project.terminal import DEMO_COUNTY, HomeOption, OneCountyOption, fail, home_at, say

review = typer.Typer(
    help="关联核对：把拿不准的对导出给人看，把结论收回来，看关联有多准。", no_args_is_help=True
)


@review.command(name="export")
def export_(
    county: OneCountyOption = DEMO_COUNTY,
    pairs: Annotated[int | None, typer.Option("--pairs", min=1, help="最多几对")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="工作簿写到哪里（xlsx）")] = None,
    home: HomeOption = None,
) -> None:
    """导出最近一期要人核对的关联：拿不准的在前，另有随机抽取的用来估计准确率。"""
    from pipelines.review.issue import export

    at = home_at(home)
    if out is not None and out.suffix.lower() != ".xlsx":
        fail(f"--out 的文件名应以 .xlsx 结尾，现在是 {out}", 2)
    done = export(at, county, size=pairs, out=out)
    say(
        f"{done.pairs} 对（优先 {done.pairs - done.random}，随机 {done.random}），"
        f"代表名单 {done.rows} 行：{done.path}"
    )


@review.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="填好的工作簿")], home: HomeOption = None
) -> None:
    """收回填好的核对工作簿。有一处不对就一行也不收，说明在哪里、怎样改；重复导入无妨。"""
    from pipelines.review.answers import in_words, take_answers

    if not file.is_file():
        fail(f"没有文件 {file}", 2)
    say(in_words(take_answers(home_at(home), file, dt.date.today())))  # noqa: DTZ011


@review.command()
def picture(
    html: Annotated[Path, typer.Option("--html", help="网页写到哪里")],
    county: OneCountyOption = DEMO_COUNTY,
    home: HomeOption = None,
) -> None:
    """画出最近一期的关联：权重分布、各查找方法各添多少、信息不足的占比、把握与实际是否相符。"""
    from pipelines.review.pictures import pictures

    html.write_text(pictures(home_at(home), county), encoding="utf-8")
    say(f"网页：{html}")


def explain(
    record: Annotated[str, typer.Argument(help="记录编号，或 文件名:工作表:行号")],
    html: Annotated[Path | None, typer.Option("--html", help="另存为网页，带图")] = None,
    home: HomeOption = None,
) -> None:
    """说明一行为什么这样关联：逐项比对、各占多少、还可能是谁。查询留痕。"""
    from pipelines.review.explain import explain as told

    found = told(home_at(home), record, getpass.getuser())
    say(found.text)
    if html:
        html.write_text(found.html, encoding="utf-8")
        say(f"网页：{html}")

"""The one command, ``bidui``: each subcommand calls the domain or Dagster and says the outcome.

Exit status: 0 done; 1 the work failed and nothing was published; 2 bad usage; 3 a round was
published although files were refused, or (``check``) a file should not be sent.
"""

import datetime as dt
import getpass
import os
import re
import signal
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import repeat
from pathlib import Path
from typing import Annotated, Any

import typer

from dagster_project.review import explain, review
from dagster_project.terminal import DEMO_COUNTY, HomeOption, OneCountyOption, fail, home_at, say
from pipelines.home import Home

app = typer.Typer(
    name="bidui",
    help="比对：把各部门名单按人按户对起来，列出疑点和空白村，跟踪到销号。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(review, name="review")
app.command()(explain)

DEMO_NAME = "晴川县"

CountyOption = Annotated[str, typer.Option("--county", help="县代码，六位数字；all 为全部县")]
RoundOption = Annotated[
    str, typer.Option("--round", help="期，YYYY-MM-DD；latest 为收件箱中最新的截止日期")
]


def main() -> None:
    """Run the command.

    The project's own exceptions carry a sentence for people: it goes to stderr, with status 1.
    Anything else is a fault of the program and shows where it happened. A broken pipe
    (``bidui sql … | head``) is no error.
    """
    try:
        app()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if not _is_ours(error):
            raise
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


def _is_ours(error: Exception) -> bool:
    return type(error).__module__.split(".")[0] in {"pipelines", "expectations"}


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        fail(f"期 {text!r} 不是日期；请写成 2021-08-30 这样", 2)


def _county(home: Home, code: str) -> str:
    if not re.fullmatch(r"\d{6}", code):
        fail(f"县代码 {code!r} 不是六位数字；例如 {DEMO_COUNTY}", 2)
    from pipelines.intake.inbox import inbox_counties

    known = inbox_counties(home)
    if code not in known:
        there = "、".join(sorted(known)) or "没有"
        fail(f"收件箱 {home.inbox} 中没有县 {code}（现有：{there}）；请先运行 bidui init", 2)
    return code


def _round(home: Home, county: str, text: str) -> dt.date:
    if text != "latest":
        return _date(text)
    from dagster_project.run import latest_round

    return latest_round(home, county)


def _published_round(home: Home, county: str, text: str) -> dt.date:
    """The round asked for; ``latest`` is the latest that was published, since it is read back."""
    from pipelines.warehouse.history import published_rounds

    published = published_rounds(home, county)
    if not published:
        fail(f"{county} 还没有发布过任何一期；请先运行 bidui run --county {county}")
    return published[-1] if text == "latest" else _date(text)


@app.command()
def init(
    county: Annotated[str, typer.Option("--county", help="县代码，六位数字")] = DEMO_COUNTY,
    name: Annotated[str, typer.Option("--name", help="县名")] = "",
    home: HomeOption = None,
) -> None:
    """建立数据文件夹：收件箱、参数、报送日历。已有的不动。"""
    from pipelines.office import make_home

    if not re.fullmatch(r"\d{6}", county):
        fail(f"县代码 {county!r} 不是六位数字", 2)
    at = home_at(home)
    made = make_home(at, county, name, at.declared.contracts, dt.date.today())  # noqa: DTZ011
    for path in made:
        say(f"新建 {path.relative_to(at.path)}")
    say(f"数据文件夹：{at.path}")
    say(f"下一步：把各部门表格放进 {at.inbox}，然后运行 bidui run --county {county} --round latest")


@app.command()
def generate(
    persons: Annotated[int, typer.Option("--persons", min=500, help="居民数")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="随机种子")] = 1,
    county: Annotated[str, typer.Option("--county", help="县代码，99 开头")] = DEMO_COUNTY,
    rounds: Annotated[str, typer.Option("--rounds", help="期，逗号分隔")] = (
        "2021-07-26,2021-08-30,2021-09-06"
    ),
    errors: Annotated[float, typer.Option("--errors", min=0, help="差错率的倍数")] = 1.0,
    home: HomeOption = None,
) -> None:
    """生成一个不存在的县：各部门的表格（带常见毛病）和标准答案。"""
    from pipelines.synthetic.generate import generate as make

    at = home_at(home)
    if not county.startswith("99"):
        fail("样例县代码须以未分配的 99 开头，以免与真实地方相混", 2)
    made = make(
        at,
        county=county,
        persons=persons,
        seed=seed,
        rounds=tuple(_date(part) for part in rounds.split(",")),
        errors=errors,
    )
    say(made.summary)


@app.command()
def run(
    county: CountyOption = DEMO_COUNTY,
    round_: RoundOption = "latest",
    retrain: Annotated[
        bool, typer.Option("--retrain", help="从这一期起重新学习关联模型（平时沿用已有的）")
    ] = False,
    home: HomeOption = None,
) -> None:
    """跑一期比对：收件、规范、关联、比对、入库、出清单。"""
    from pipelines.intake.inbox import inbox_counties

    at = home_at(home)
    counties = sorted(inbox_counties(at)) if county == "all" else [_county(at, county)]
    if not counties:
        fail(f"收件箱 {at.inbox} 里没有县文件夹；先运行 bidui init", 2)
    if round_ != "latest":
        _date(round_)
    if len(counties) == 1:
        raise typer.Exit(
            _run_one(at, counties[0], _round(at, counties[0], round_), retrain=retrain)
        )
    outcomes = {code: _run_one_of_several(at, code, round_, retrain=retrain) for code in counties}
    failed = [code for code, outcome in outcomes.items() if outcome == 1]
    if failed:
        fail(f"{len(counties)} 个县中 {len(failed)} 个没有发布：{'、'.join(failed)}；其余已发布")
    raise typer.Exit(max(outcomes.values()))


def _run_one_of_several(home: Home, county: str, round_: str, *, retrain: bool) -> int:
    """Run a county's round; whatever is wrong with it is said, and the next county goes on."""
    try:
        return _run_one(home, county, _round(home, county, round_), retrain=retrain)
    except Exception as error:  # noqa: BLE001 - it is said, and the command fails at the end
        if _is_ours(error):
            sys.stderr.write(f"{county}：{error}\n")
        else:
            traceback.print_exception(error)
        return 1


def _run_one(home: Home, county: str, round_: dt.date, *, retrain: bool = False) -> int:
    from dagster_project.run import run_round
    from pipelines.report import round_report

    done = run_round(home, county, round_, retrain=retrain)
    if not done.published:
        sys.stderr.write(
            f"{county} {round_} 期没有发布：{done.failure}\n已发布的仍是上一次的结果。\n"
        )
        return 1
    say(round_report(home, county, round_))
    for path, sheet, message in done.refused.iter_rows():
        sys.stderr.write(f"未能使用：{path}{f'［{sheet}］' if sheet else ''}：{message}\n")
    for message in done.unfit:
        sys.stderr.write(f"未能更正：{message}\n")
    return 3 if done.refused.height or done.unfit else 0


@app.command()
def demo(
    persons: Annotated[int, typer.Option("--persons", min=500, help="居民数")] = 20_000,
    seed: Annotated[int, typer.Option("--seed", help="随机种子")] = 1,
    home: HomeOption = None,
) -> None:
    """生成样例县，跑完三期，说出发现了什么、清单和数据库在哪里。"""
    from pipelines.office import make_home
    from pipelines.report import where
    from pipelines.synthetic.generate import ROUNDS
    from pipelines.synthetic.generate import generate as make

    at = home_at(home)
    make_home(at, DEMO_COUNTY, DEMO_NAME, at.declared.contracts, ROUNDS[0])
    say(f"生成样例县 {DEMO_NAME}（{persons:,} 人，种子 {seed}）……")
    say(make(at, county=DEMO_COUNTY, persons=persons, seed=seed).summary)
    for round_ in ROUNDS:
        say(f"\n—— {round_} 期 ——")
        if _run_one(at, DEMO_COUNTY, round_) == 1:
            raise typer.Exit(1)
    say("\n" + where(at, DEMO_COUNTY, ROUNDS[-1]))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="要检查的文件")],
    department: Annotated[
        str | None,
        typer.Option(
            "--department", help="部门，例如 education 或 教育局；不写则按文件夹或表头推断"
        ),
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option(
            "--annotate",
            help="另存一份标色、加批注的 xlsx；几个文件时，每个文件一份，文件名后加序号和原名",
        ),
    ] = None,
    county: Annotated[
        str | None,
        typer.Option(
            "--county",
            help="县的代码或名称；不写则按文件所在的收件箱，或本机唯一的县。只用来核对村名",
        ),
    ] = None,
    home: HomeOption = None,
) -> None:
    """报送前看一看：表会怎样读，哪些收下、哪些用不了、怎样改，能不能报送。

    列出每张表认出的列、得分、接收和搁置的行、错误和提醒的位置、重复、合计是否相符、要确认的表头。
    除 --annotate 所写的文件外，什么也不写。
    退出码：0 可以报送；3 有文件先不要报送；1 标色的文件没有写成；2 命令写错了。
    """
    from pipelines.check.annotated import CannotAnnotateError, annotated_names, write_annotated
    from pipelines.check.checked import UnknownDepartmentError, checked_file
    from pipelines.check.places import UnknownCountyError, known_places
    from pipelines.check.text import report
    from pipelines.intake.protected import Readers

    at = home_at(home)
    if missing := [str(file) for file in files if not file.is_file()]:
        fail(f"没有文件 {'、'.join(missing)}", 2)
    if annotate is not None and annotate.suffix.lower() != ".xlsx":
        fail(f"--annotate 的文件名应以 .xlsx 结尾，现在是 {annotate}", 2)
    copies = annotated_names(annotate, files) if annotate else repeat(None)
    declared = at.declared
    good = copied = True
    today = dt.date.today()  # noqa: DTZ011 - theirs
    with (
        tempfile.TemporaryDirectory() as folder,
        Readers(declared.contracts, Path(folder), declared.mappings) as readers,
        ThreadPoolExecutor(1) as beside,
    ):
        # Great Expectations takes seconds to import: meanwhile the file is read.
        validation = beside.submit(import_module, "expectations.validation")

        def judge(*told: Any) -> Any:
            return validation.result().judge(*told)

        for file, copy in zip(files, copies, strict=False):
            try:
                checked = checked_file(
                    file,
                    declared.contracts,
                    department,
                    readers=readers,
                    places=known_places(at, file, county, today, readers),
                    rules=declared.rules.values(),
                    judge=judge,
                )
            except (UnknownDepartmentError, UnknownCountyError) as error:
                fail(str(error), 2)
            say(report(checked))
            if copy is not None:
                try:
                    left_out = write_annotated(checked, copy, readers)
                    say("\n".join([f"标色的文件：{copy}", *left_out]))
                except CannotAnnotateError as error:
                    sys.stderr.write(f"{error}\n")
                    copied = False
            good = good and checked.may_be_sent
    if not (good and copied):
        raise typer.Exit(1 if good else 3)


@app.command()
def ui(
    port: Annotated[int, typer.Option("--port", help="网页端口")] = 3000,
    host: Annotated[str, typer.Option("--host", help="网页地址")] = "127.0.0.1",
    home: HomeOption = None,
) -> None:
    """打开 Dagster 网页和守护进程：收件箱有新文件时自动跑。"""
    from dagster_project.instance import prepare

    at = home_at(home)
    prepare(at)
    say(f"Dagster 页面：http://{host}:{port}（按 Ctrl+C 停止）")
    command = [sys.executable, "-m", "dagster", "dev", "-m", "dagster_project.definitions"]
    command += ["--host", host, "--port", str(port)]
    os.chdir(at.path)
    if os.name == "posix":
        # In this process's place, so that a signal to stop reaches Dagster and not only us; also
        # where a shell started us in the background, with that signal ignored.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        sys.stdout.flush()
        os.execv(sys.executable, command)  # noqa: S606
    raise typer.Exit(subprocess.run(command, check=False).returncode)  # noqa: S603


@app.command()
def lookup(
    key: Annotated[str, typer.Argument(help="身份证号或户编号")],
    html: Annotated[Path | None, typer.Option("--html", help="另存为网页")] = None,
    home: HomeOption = None,
) -> None:
    """查一户：成员、各部门记录、发放情况、在办疑点。

    给出身份证号或户编号。何时给了多少、还差多少都在内；号码以掩码显示，查询留痕。
    """
    from pipelines.warehouse.lookup import lookup as look

    page = look(home_at(home), key, getpass.getuser())
    say(page.text)
    if html:
        html.write_text(page.html, encoding="utf-8")
        say(f"网页：{html}")


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="一条查询；不写则列出全部表")] = None,
    fmt: Annotated[str, typer.Option("--format", help="table、csv 或 json")] = "table",
    home: HomeOption = None,
) -> None:
    """只读查询已发布的数据库，不能访问外部文件。"""
    from pipelines.warehouse.query import sql as ask

    if fmt not in {"table", "csv", "json"}:
        fail("--format 只能是 table、csv 或 json", 2)
    say(ask(home_at(home), query or "", fmt))


@app.command()
def lists(
    county: OneCountyOption = DEMO_COUNTY,
    round_: Annotated[
        str, typer.Option("--round", help="期，YYYY-MM-DD；latest 为最近发布的一期")
    ] = "latest",
    home: HomeOption = None,
) -> None:
    """重写一期的清单和通报。已发出且内容未变的不动。"""
    from pipelines.lists.write import write_lists

    at = home_at(home)
    for written in write_lists(at, county, _published_round(at, county, round_)):
        say(str(written.path.relative_to(at.path)))


@app.command()
def evaluate(
    truth: Annotated[Path, typer.Option("--truth", help="标准答案文件夹")],
    county: OneCountyOption = DEMO_COUNTY,
    home: HomeOption = None,
) -> None:
    """对照标准答案给关联和疑点打分。不达标退出码为 1。"""
    from pipelines.synthetic.evaluate import evaluate as score

    scored = score(home_at(home), county, truth)
    say(scored.text)
    if not scored.passed:
        raise typer.Exit(1)


if __name__ == "__main__":
    main()

"""A part of the judgement in every test run: names, messy files, and that the scorer can say no."""

from copy import deepcopy
from dataclasses import replace

import pytest

from pipelines.contracts import Contracts, load_contracts
from pipelines.home import SHIPPED
from tests.judgement import make
from tests.judgement.reading import read_home
from tests.judgement.score import Tally, judge, table
from tests.judgement.truth import Book, value

pytestmark = pytest.mark.integration

SEED = 5
KINDS = 12
"""Of the books of a seed that no other program writes, every so manieth is read."""


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return load_contracts([SHIPPED])


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> tuple[list[Book], dict]:
    home = tmp_path_factory.mktemp("judgement")
    books = [b for b in make.books(SEED) if not b.container.startswith("lo-")]
    chosen = books[::KINDS] + [b for b in books if b.name.startswith("1-农村低保对象")]
    return chosen, read_home(home, make.write(home, chosen, SEED))


def judged(some: tuple[list[Book], dict], contracts, change=lambda book: book) -> Tally:
    tally = Tally()
    for book in some[0]:
        judge(change(book), some[1][book.name], contracts, tally)
    return tally


def test_files_by_another_hand_are_read_right(some, contracts) -> None:
    tally = judged(some, contracts)
    assert tally.all_cells > 2000
    assert tally.closed == tally.files, table(tally)
    assert tally.all_right >= 0.98 * tally.all_cells, table(tally)
    assert tally.hurt_right >= 0.98 * tally.hurt_cells, table(tally)


def test_the_scorer_says_no(some, contracts) -> None:
    """With another truth than the files hold, cells and rows are found wrong."""

    def wrong(book: Book) -> Book:
        book = deepcopy(book)
        for page in book.pages:
            for line in page.lines:
                if "name" in line.wants:
                    line.wants = line.wants | {"name": value("别人")}
        return replace(book, pages=[replace(p, lines=p.lines[1:]) for p in book.pages])

    tally = judged(some, contracts, wrong)
    assert tally.all_right < 0.9 * tally.all_cells
    assert tally.closed < tally.files

"""Every rule that ships has a fixture with what it must find and all that it must leave alone."""

import pytest
import yaml

from pipelines.compare.rules import load_rules
from pipelines.home import CHECKOUT

pytestmark = pytest.mark.architecture

RULES = load_rules([CHECKOUT / "expectations" / "rules"])
FIXTURES = CHECKOUT / "tests" / "rules" / "fixtures"


@pytest.mark.parametrize("rule_id", list(RULES))
def test_a_rule_has_planted_cases_and_innocent_look_alikes(rule_id: str) -> None:
    path = FIXTURES / f"{rule_id}.yaml"
    assert path.exists(), f"{rule_id} has no fixture {path.name}"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    expect = content["expect"]
    assert expect.get("flagged"), f"{rule_id}: nothing planted that must be found"
    sections = ("spared", "not_compared", "not_concerned")
    left_alone = " ".join(
        str(why) for section in sections for why in (expect.get(section) or {}).values()
    )
    assert left_alone, f"{rule_id}: nobody planted who must be left alone"
    missing = [reason for reason in content.get("spares", []) if reason not in left_alone]
    assert not missing, f"{rule_id}: innocent reasons without a case: {missing}"


def test_no_fixture_without_a_rule() -> None:
    assert {path.stem for path in FIXTURES.glob("*.yaml")} <= set(RULES)

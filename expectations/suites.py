"""Great Expectations suites, built from the contracts.

A contract's expectations speak of its dataset as a whole: completeness by column, uniqueness, share
of known values, volume. Rows are intake's and standardise's business.
"""

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation as GxExpectation

from pipelines.contracts import Contract, Expectation


class UnknownExpectationError(ValueError):
    """A contract asks for an expectation that Great Expectations does not have."""


def suite(contract: Contract, only: set[int] | None = None) -> gx.ExpectationSuite:
    """Build the suite of one dataset, or of those of its expectations with the numbers `only`.

    Each expectation carries its number in ``meta["index"]``.

    Raises:
        UnknownExpectationError: The contract names an expectation or argument unknown to the
            library.
    """
    return gx.ExpectationSuite(
        name=contract.dataset,
        expectations=[
            _expectation(contract, index, declared)
            for index, declared in enumerate(contract.expectations)
            if only is None or index in only
        ],
    )


def _expectation(contract: Contract, index: int, declared: Expectation) -> GxExpectation:
    class_name = "Expect" + "".join(part.title() for part in declared.expect.split("_"))
    kind = getattr(gxe, class_name, None)
    where = f"contract {contract.dataset}, expectation {index + 1} ({declared.expect})"
    if kind is None:
        raise UnknownExpectationError(f"{where}: Great Expectations has no {class_name}")
    arguments = dict(declared.kwargs)
    if declared.column is not None:
        arguments["column"] = declared.column
    try:
        expectation: GxExpectation = kind(**arguments, meta={"index": index})
    except ValueError as error:
        raise UnknownExpectationError(f"{where}: {error}") from error
    return expectation

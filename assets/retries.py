"""Try again when the disk or the network share failed; never when the data or the code is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

ATTEMPTS = 2
WAIT_SECONDS = 10


@contextmanager
def retried_on_io() -> Iterator[None]:
    """Ask Dagster for another attempt where the body raised an `OSError`.

    A missing file is not retried: it will not come back by waiting.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise dg.RetryRequested(max_retries=ATTEMPTS, seconds_to_wait=WAIT_SECONDS) from error

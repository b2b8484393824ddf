"""The domain: what a county's lists say and how they are set against each other.

Pure: frames and declared data in, frames out. Each sub-package is one stage of a row's way, in this
order: intake, standardise, linkage, compare, villages, casework, warehouse, lists. What one stage
hands to the next is written in `frames`. Nothing here knows Dagster or Great Expectations.
"""

import os

# polars' allocator (jemalloc) keeps what one step of a round let go, in more places than two cores
# fill, for as long as it may: of a county's linkage a quarter more than is ever in use. It reads
# this when polars is loaded, so this package is to be imported before polars is.
os.environ.setdefault("_RJEM_MALLOC_CONF", "narenas:2,dirty_decay_ms:100,muzzy_decay_ms:0")
# numpy's BLAS starts a thread a core when it is loaded, and nothing here multiplies matrices.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

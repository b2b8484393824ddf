"""Assets' frames as Parquet under the home's store, one folder an asset and partition."""

import datetime as dt
from typing import Any

import dagster as dg
import polars as pl
from upath import UPath

from assets.describe import LAZY, Frames, LazyFrames
from pipelines import frames
from pipelines.home import Home


def read_frames(folder: UPath) -> Frames:
    """Read every frame of one asset and partition."""
    return {name: frame.collect() for name, frame in scan_frames(folder).items()}


def scan_frames(folder: UPath) -> LazyFrames:
    """Give every frame of one asset and partition, to be read when it is needed."""
    return {
        file.stem: pl.scan_parquet(str(file))
        for file in sorted(folder.glob("*.parquet"))
        if not file.name.startswith(".")
    }


class FramesIOManager(dg.UPathIOManager):
    """Keep a dict of frames as ``<asset>/<county>/<round>/<name>.parquet``.

    Each file is written aside and renamed, so a reader never sees half of one. Where the store is
    an object store, a put is as atomic as a rename.
    """

    def dump_to_path(self, context: dg.OutputContext, obj: Any, path: UPath) -> None:
        """Write every frame of `obj`, then let go of them: the store has them now.

        Dagster keeps what an in-process run's steps gave until the run ends; a county's frames of
        every stage at once would be the larger part of its memory.
        """
        if not isinstance(obj, dict):
            raise TypeError(f"{context.asset_key.to_user_string()} must give a dict of frames")
        path.mkdir(parents=True, exist_ok=True)
        for name, frame in obj.items():
            aside = path / f".{name}.{context.run_id}.parquet"
            frames.write(frame, str(aside))
            aside.rename(path / f"{name}.parquet")
        for left in path.glob("*.parquet"):
            if left.stem not in obj and not left.name.startswith("."):
                left.unlink(missing_ok=True)  # another run of the round may have done it
        obj.clear()

    def load_from_path(self, context: dg.InputContext, path: UPath) -> Frames | LazyFrames:
        """Read every frame of the folder; for an input with the metadata `LAZY`, when needed."""
        return (
            scan_frames(path)
            if LAZY.items() <= context.definition_metadata.items()
            else read_frames(path)
        )


class FramesStore(dg.ConfigurableIOManagerFactory):
    """Make the IO manager for a store; empty: the folder ``store/assets`` of the home."""

    base_path: str = ""

    def create_io_manager(self, context: dg.InitResourceContext) -> FramesIOManager:  # noqa: ARG002
        """Give the IO manager on the store's base path."""
        return FramesIOManager(base_path=self._base())

    def read(self, key: dg.AssetKey, county: str, round_: dt.date) -> Frames:
        """Read what an asset gave for one county and round."""
        return read_frames(self._base().joinpath(*key.path, county, round_.isoformat()))

    def _base(self) -> UPath:
        return UPath(self.base_path or str(Home.default().store / "assets"))

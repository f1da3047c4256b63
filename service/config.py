"""Every setting with its unit, default and one line; the only place that reads the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.domain.errors import Fault, InvalidInput

REDIS_SCHEMES = ("redis", "rediss", "unix")


class Config(BaseSettings):
    """The service's settings, read once from `STANDFIRST_...` variables; frozen."""

    model_config = SettingsConfigDict(env_prefix="STANDFIRST_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("var"), description="Folder for the embedded store, bundles and index generations.")
    redis_url: str | None = Field(
        None, description="redis://, rediss:// or unix:// address of the store; none starts the embedded one."
    )
    bundle_dir: Path | None = Field(None, description="Folder for model bundles; DATA_DIR/bundles when not set.")
    public_url: str = Field(
        "", description="Address that readers' browsers reach the service by; the caller's when empty."
    )
    secret_key: str = Field(
        "", description="Signs event addresses, the same on every host; kept in the store when empty."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    workers: int = Field(2, ge=1, le=64, description="Worker processes of `serve`.")
    threads: int = Field(4, ge=1, le=64, description="Threads of each worker process.")
    ledger_timeout_ms: int = Field(
        150, ge=5, le=10_000, description="Milliseconds to wait for a reservation before only house ads are shown."
    )
    history_timeout_ms: int = Field(
        50,
        ge=5,
        le=10_000,
        description="Milliseconds that a page waits for what its reader read before.",
    )
    lookup_timeout_ms: int = Field(
        250, ge=5, le=10_000, description="Milliseconds that a request waits for a token or site not known yet."
    )
    booking_timeout_ms: int = Field(
        1_000,
        ge=50,
        le=10_000,
        description="Milliseconds after which an event goes to the journal, and a store that answers no ping is away.",
    )
    store_timeout_ms: int = Field(
        2_000,
        ge=50,
        le=60_000,
        description="Milliseconds to wait for the store in management calls and background work.",
    )
    poll_interval_ms: int = Field(
        200, ge=20, le=10_000, description="Milliseconds between looks for changes of articles, inventory and models."
    )
    max_article_bytes: int = Field(2_000_000, ge=1_000, description="Largest article taken, in bytes of its JSON.")
    max_sheet_bytes: int = Field(100_000_000, ge=1_000, description="Largest inventory sheet taken, in bytes.")
    max_image_bytes: int = Field(500_000, ge=1_000, le=10_000_000, description="Largest creative image, in bytes.")
    max_images: int = Field(1_000, ge=1, le=100_000, description="Most creative images of a site.")
    max_feed_bytes: int = Field(
        10_000_000, ge=1_000, description="Largest answer of a feed taken, in bytes, before and after unpacking."
    )
    feed_timeout_ms: int = Field(
        30_000, ge=100, le=60_000, description="Milliseconds that one answer of a feed may take, redirects included."
    )
    feed_private_hosts: str = Field(
        "",
        description="Hosts on private networks that feeds may be fetched from, `host` or `host:port`, by commas.",
    )
    proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="Trusted proxies that add to X-Forwarded-For before a request gets here; readers' networks are "
        "told by them.",
    )
    programs: Literal["count", "refuse"] = Field(
        "count",
        description="Whether events of HTTP libraries and driven browsers are valid, as servers that report for their "
        "readers and tests send them (`count`), or not (`refuse`).",
    )
    delta_limit: int = Field(
        2_000,
        ge=10,
        description="Most changed articles a worker indexes itself; beyond, the next generation brings them.",
    )
    merge_after: int = Field(500, ge=1, description="Changed articles after which the next index generation is built.")
    index_sharing: Literal["none", "publish", "take"] = Field(
        "none",
        description="Whether index generations built here are copied to the bundles' folder for other hosts "
        "(`publish`), or taken from there instead of built (`take`).",
    )
    journal_dir: Path | None = Field(
        None, description="Folder of the host's journal of events, on a disk of its own; DATA_DIR/journal when not set."
    )
    max_journal_bytes: int = Field(
        256_000_000,
        ge=100_000,
        description="Most bytes of events that wait in the journal while the store is away; some 100 an event.",
    )
    max_waiting_events: int = Field(
        1_000_000,
        ge=1_000,
        description="Most events of a site that wait in the store for the worker; beyond, they go to the journal and "
        "nothing paid is shown.",
    )
    export_url: str = Field(
        "",
        description="Where the worker writes raw events as Parquet: a folder, or `s3://`, `gs://` or `abfs://` with "
        "bucket and prefix; nowhere when empty.",
    )
    export_every_s: float = Field(
        60, ge=1, le=86_400, description="Seconds that an event waits for others to share its file of the export."
    )
    export_when_full: Literal["keep", "skip"] = Field(
        "keep",
        description="What becomes of events that no file has when the store is nine tenths full of them: they stay, "
        "and paid ads stop when it is full (`keep`), or files go without the oldest (`skip`).",
    )
    logged_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of page views of which it is logged what they showed and what was followed, for `standfirst "
        "models clicks` to learn from; of no reader.",
    )
    appendfsync: Literal["always", "everysec"] = Field(
        "everysec", description="How often the embedded store syncs its file: at each write, or once a second."
    )

    @field_validator("redis_url")
    @classmethod
    def _known_scheme(cls, value: str | None) -> str | None:
        if not value:
            return None
        if urlsplit(value).scheme not in REDIS_SCHEMES:
            raise ValueError("give an address that begins with redis://, rediss:// or unix://")
        return value

    @property
    def bundles(self) -> Path:
        """Folder that holds the model bundles."""
        return self.bundle_dir or self.data_dir / "bundles"

    @property
    def journal(self) -> Path:
        """Folder that holds the journal of events."""
        return self.journal_dir or self.data_dir / "journal"

    @property
    def index_folder(self) -> Path:
        """Where this host keeps the generations of the index, a folder a site."""
        return self.data_dir / "index"

    @property
    def inventory_folder(self) -> Path:
        """Where this host keeps the snapshots of the inventory, a folder a site."""
        return self.data_dir / "inventory"

    @property
    def known_folder(self) -> Path:
        """Where this host keeps what it last knew of the store: access in a file, a folder a site."""
        return self.data_dir / "known"

    @property
    def private_feed_hosts(self) -> frozenset[str]:
        """Hosts, some with a port, that feeds may be fetched from although they are on private networks."""
        return frozenset(self.feed_private_hosts.lower().replace(",", " ").split())


def load_config(**overrides: object) -> Config:
    """Returns the settings from the environment, with the given ones on top.

    Raises InvalidInput naming every faulty setting by its variable.
    """
    try:
        return Config(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        faults = [
            Fault(f"STANDFIRST_{str(fault['loc'][0]).upper()}", str(fault["msg"]).removeprefix("Value error, "))
            for fault in error.errors()
        ]
        raise InvalidInput(faults, "The settings have faults.") from error


def child_environment(config: Config, store_url: str) -> dict[str, str]:
    """Returns the environment for a process of ours that shall work on this store and these folders."""
    own = {
        "STANDFIRST_DATA_DIR": str(config.data_dir.absolute()),
        "STANDFIRST_BUNDLE_DIR": str(config.bundles.absolute()),
        "STANDFIRST_REDIS_URL": store_url,
    }
    return {**os.environ, **own}

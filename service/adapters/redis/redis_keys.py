"""Names every key in the store, with its type, its life time and what it holds.

A site's keys carry the hash tag `{site}`, so that one decision touches one shard; article bodies carry
`{site.n}` and spread over `ARTICLE_SHARDS` shards.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

ARTICLE_SHARDS = 16


@dataclass(frozen=True, slots=True)
class KeySpec:
    """One family of keys: its pattern, the store's type, its life time in seconds (None: kept), and its purpose."""

    pattern: str
    type: str
    ttl_s: int | None
    purpose: str

    def name(self, **parts: object) -> str:
        """Returns the key with the pattern's `<part>`s filled in."""
        key = self.pattern
        for part, value in parts.items():
            key = key.replace(f"<{part}>", str(value))
        return key


SITES = KeySpec("sf:sites", "set", None, "ids of all sites")
SECRET = KeySpec("sf:secret", "string", None, "key that signs event addresses, where no setting gives one")
PROBE = KeySpec("sf:probe", "string", 60, "what `standfirst doctor` writes to see how long a write takes")
TOKEN = KeySpec("sf:token:<token_id>", "string", None, "one access token: hash of its secret, scopes, site")
TOKENS = KeySpec("sf:tokens", "set", None, "ids of all access tokens")
SITE = KeySpec("sf:{<site>}:site", "string", None, "the site's record, JSON")
VERSIONS = KeySpec(
    "sf:{<site>}:versions",
    "hash",
    None,
    "a counter each for site, articles, inventory, model and rules: what pollers look at; the inventory's mark",
)
ARTICLE_BODIES = KeySpec("sf:{<site>.<shard>}:articles", "hash", None, "article id and writing to its record, packed")
ARTICLE_DIGESTS = KeySpec(
    "sf:{<site>}:article-digests", "hash", None, "article id to the digest of its record, and the writing of its body"
)
ARTICLE_CHANGES = KeySpec("sf:{<site>}:article-changes", "zset", None, "article id by the version of its last change")
RULES = KeySpec("sf:{<site>}:rules", "hash", None, "id of an editorial rule to its record, JSON")
MODELS = KeySpec("sf:{<site>}:models", "list", None, "models promoted so far, JSON, the serving one last")
READS = KeySpec("sf:{<site>}:reads:<hour>", "hash", 172_800, "reads of each article in one hour since 1970")
ENGAGEMENT = KeySpec(
    "sf:{<site>}:engagement:<hour>",
    "hash",
    345_600,
    "in one hour since 1970: `o` and an article id's hash to its offers, `l` to looks in thousandths, `c` to clicks",
)
EXAMINATION = KeySpec(
    "sf:{<site>}:examination", "string", 691_200, "the chance of a look at each position of each kind of widget, JSON"
)
SHOWN = KeySpec(
    "sf:{<site>}:shown",
    "stream",
    3_024_000,
    "of a share of page views, what they showed with all that was known of it, and what was followed; the last 40,000",
)
CLICK_MODELS = KeySpec(
    "sf:{<site>}:click-models", "list", None, "click models, the one that pages are chosen by first, signed JSON"
)
BLOCKING = KeySpec(
    "sf:{<site>}:blocking:<day>",
    "hash",
    34_560_000,
    "on one day since 1970: a flight's number and a block word or topic to the page calls that it kept the flight off",
)
TEASERS = KeySpec(
    "sf:{<site>}:teasers:<day>",
    "hash",
    3_024_000,
    "on one day since 1970: what was done with a teaser, and its article's hash, widget, position, model and variant, "
    "to how often",
)
DEMAND = KeySpec(
    "sf:{<site>}:demand:<hour>",
    "hash",
    34_560_000,
    "in one hour since 1970: `a` and a placement to the slots of it that pages asked for, `f` likewise to those filled",
)
AUDIENCES = KeySpec(
    "sf:{<site>}:audiences:<day>",
    "hash",
    3_024_000,
    "on one day since 1970: a placement, section, country, device and language to the slots asked for",
)
TRAFFIC = KeySpec(
    "sf:{<site>}:traffic", "string", 5_184_000, "how the site's slots spread over a week, as learnt from them, JSON"
)
PLACE_EFFECTS = KeySpec(
    "sf:{<site>}:place-effects",
    "string",
    5_184_000,
    "how likely ads are seen and followed in each placement, learnt, JSON",
)
INVENTORY = KeySpec("sf:{<site>}:inventory", "hash", None, "kind and id of an entity to its record, JSON")
NUMBERS = KeySpec("sf:{<site>}:numbers", "hash", None, "kind and id of an entity to its number, kept for ever")
STAGED = KeySpec("sf:{<site>}:staged:<load_id>", "hash", 600, "the inventory as a load that is under way leaves it")
STAGED_NUMBERS = KeySpec("sf:{<site>}:staged-numbers:<load_id>", "hash", 300, "the numbers as that load leaves them")
STAGED_TERMS = KeySpec("sf:{<site>}:staged-terms:<load_id>", "list", 600, "what that load binds in the ledger, packed")
DUE = KeySpec("sf:{<site>}:due", "hash", None, "the inventory that takes the place of the old when its terms are bound")
DUE_NUMBERS = KeySpec("sf:{<site>}:due-numbers", "hash", None, "its numbers; while they are there, something is due")
DUE_TERMS = KeySpec("sf:{<site>}:due-terms", "list", None, "what is still to be bound in the ledger for it, packed")
INVENTORY_CHANGES = KeySpec(
    "sf:{<site>}:inventory-changes", "list", None, "of each of the last 200 changes its mark, and whom it changed"
)
PLAN = KeySpec("sf:{<site>}:plan:<plan_id>", "string", 3_600, "an inventory plan that waits for its apply, JSON")
PLAN_CHANGES = KeySpec(
    "sf:{<site>}:plan-changes:<plan_id>", "list", 3_660, "its summary, then its changes, packed JSON"
)
IMAGES = KeySpec("sf:{<site>}:images", "hash", None, "image id to its type, size in pixels and in bytes, JSON")
IMAGE = KeySpec("sf:{<site>}:image:<image_id>", "string", None, "a creative image's bytes; the id is their SHA-256")
CREDITS = KeySpec("sf:{<site>}:credits", "hash", None, "id of a credit to what it withdraws, hour by hour, JSON")
LEDGER = KeySpec(
    "sf:{<site>}:ledger", "hash", None, "the ledger's clock, and each budget: terms, bookings and holds, packed"
)
FLIGHT = KeySpec("sf:{<site>}:flight:<number>", "hash", None, "a flight's counts for reports")
USED = KeySpec("sf:{<site>}:used:<epoch>:<minute>", "string", None, "bitmap of events used; deleted after 26 hours")
EVENTS = KeySpec(
    "sf:{<site>}:events", "stream", None, "what became of each event, packed; trimmed when every consumer has taken it"
)
POISONED = KeySpec(
    "sf:{<site>}:poisoned", "stream", None, "entries of the stream that could not be read, and why; the last thousand"
)
ROLLUP_HOUR = KeySpec(
    "sf:{<site>}:rollup:<hour>",
    "hash",
    691_200,
    "in one hour since 1970: a dimension's letter, a flight's number and a value to the sums of events, packed",
)
ROLLUP_DAY = KeySpec("sf:{<site>}:rollup-day:<day>", "hash", 8_640_000, "the same, of one UTC day since 1970")
ROLLUP_TOGETHER = KeySpec(
    "sf:{<site>}:rollup-together:<day>",
    "hash",
    8_640_000,
    "the same, of one UTC day, by flight, creative, placement, section and widgets beside it at once",
)
ROLLUP_AUDIENCE = KeySpec(
    "sf:{<site>}:rollup-audience:<day>",
    "hash",
    3_024_000,
    "the same, of one UTC day, by those, device and country at once",
)
ROLLUP_INVALID = KeySpec(
    "sf:{<site>}:rollup-invalid:<day>",
    "hash",
    8_640_000,
    "the same, of one UTC day, of events that are not valid, by all of those and the reason at once",
)
ROLLUP_FLIGHTS = KeySpec(
    "sf:{<site>}:rollup-flights:<hour>", "hash", 34_560_000, "the same, of one hour, by flight alone"
)
EXPORT = KeySpec(
    "sf:{<site>}:export", "hash", None, "how far the export of events has come, who writes, and why it cannot"
)
CHECKPOINT = KeySpec(
    "sf:{<site>}:checkpoint", "hash", None, "a budget's field in the ledger to what rolled-up events add to it, packed"
)
DRAINED = KeySpec(
    "sf:{<site>}:drained:<segment>", "string", 604_800, "number of the last record taken from a segment of a journal"
)
READER = KeySpec(
    "sf:{<site>}:reader:<digest>",
    "string",
    2_678_400,
    "with consent: how often a reader was shown what has a frequency cap, packed; its digest changes each month",
)
SESSION = KeySpec("sf:{<site>}:session:<digest>", "string", 1_800, "without consent: the same of one session, packed")
HISTORY = KeySpec(
    "sf:{<site>}:history:<digest>",
    "zset",
    2_592_000,
    "with consent: the hash of an article's id to when the reader read it, the last hundred; digests change each month",
)
SESSION_HISTORY = KeySpec(
    "sf:{<site>}:session-history:<digest>", "zset", 1_800, "without consent: the same of one session"
)
PAGE_VIEW = KeySpec("sf:{<site>}:view:<digest>", "string", 900, "what a page view was given, slot by slot, packed")

ANSWERED = KeySpec(
    "sf:{<site>}:answered:<digest>", "string", 86_400, "what a write with an `Idempotency-Key` was answered, packed"
)
FEEDS = KeySpec("sf:{<site>}:feeds", "hash", None, "feed id to its definition, JSON")
FEED_STATES = KeySpec("sf:{<site>}:feed-states", "hash", None, "feed id to what is known of its last looks, JSON")
FEED_SEEN = KeySpec(
    "sf:{<site>}:feed-seen:<feed_id>", "hash", None, "article id to the digest of what the feed last said of it"
)
FEED_LEASE = KeySpec("sf:{<site>}:feed-lease:<feed_id>", "string", 120, "token of the worker that polls the feed")


def article_shard(article_id: str) -> int:
    """Returns the shard, 0 to ARTICLE_SHARDS - 1, that holds this article's body."""
    return crc32(article_id.encode()) % ARTICLE_SHARDS


def site_patterns(site_id: str) -> tuple[str, str]:
    """Returns the patterns, as SCAN takes them, that match every key of the site and no other key."""
    return f"sf:{{{site_id}}}:*", f"sf:{{{site_id}.*}}:*"


def all_keys() -> tuple[KeySpec, ...]:
    """Returns every family of keys, for the documentation's test."""
    return tuple(value for value in globals().values() if isinstance(value, KeySpec))

"""What is known of a page, and the candidates for its widgets as columns: what ranking and filling work on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.domain.editorial.in_force import Boost
from service.domain.engagement.click_model import ClickModel
from service.domain.engagement.rates import Engaged, Prior
from service.domain.index.article_index import Columns, Rows, Tags, TermVector, Times
from service.domain.index.telling import NO_TELLING, Telling
from service.domain.sites.language import ANY_LANGUAGE

NO_TAGS = Tags(np.empty(0, np.int64), np.empty(0, np.uint64))

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True, eq=False)
class PageContext:
    """What is known of the page: its vector and telling if it has a text, its own id, its section.

    `terms` are the ids of its words; `vector` is None where no model weighs them. `language` is its own, by primary
    subtag; `keeps_to` the code of the language that its teasers must have, 0 for any. `risk` is its
    text's to advertisers, `tags` are hashes of its article's.
    """

    terms: npt.NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    vector: TermVector | None = None
    telling: Telling = NO_TELLING
    own_hash: int | None = None
    section: str | None = None
    language: str | None = None
    keeps_to: int = ANY_LANGUAGE
    risk: int = 0
    tags: tuple[int, ...] = ()


NO_FLOATS: Floats = np.empty(0)


class Candidates(NamedTuple):
    """A pool as compiled code reads it, an entry a row: see Columns, Pool, Engaged and Boost.

    Flat, for what is nested takes longer to hand on. Where editors boost nothing, `factor` and `points` are empty.
    """

    published_at: Times
    id_hash: Hashes
    section_hash: Hashes
    comment_count: Counts
    evergreen: Mask
    cosine: Floats
    reads: Floats
    clicks: Floats
    offered: Floats
    looks: Floats
    rate: Floats
    affinity: Floats
    profile: Floats
    factor: Floats
    points: Floats
    newest_at: int
    prior: Prior


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Candidates of one page, an entry a row: their columns, cosine to the page, recent reads, and eligibility.

    `engaged` is what readers did with their teasers, `prior` what is believed of any; `affinity` how close
    their sections are to page and reader, in [0, 1]; `profile` the cosine to what the reader read.
    `tags` are theirs where a widget or a rule asks for some, else none. `boost` is what editors make of their scores,
    `learnt` what readers' clicks have taught.
    """

    rows: Rows
    columns: Columns
    cosine: Floats
    reads: Floats
    engaged: Engaged
    prior: Prior
    affinity: Floats
    profile: Floats
    eligible: Mask
    newest_at: int
    tags: Tags = NO_TAGS
    boost: Boost | None = None
    learnt: ClickModel | None = None

    @property
    def candidates(self) -> Candidates:
        """The candidates as compiled code reads them."""
        columns = self.columns
        factor, points = (NO_FLOATS, NO_FLOATS) if self.boost is None else self.boost
        return Candidates(
            columns.published_at,
            columns.id_hash,
            columns.section_hash,
            columns.comment_count,
            columns.evergreen,
            self.cosine,
            self.reads,
            *self.engaged,
            self.affinity,
            self.profile,
            factor,
            points,
            self.newest_at,
            self.prior,
        )

    @property
    def age_s(self) -> Floats:
        """Seconds from each candidate's publication to that of the site's newest article."""
        return (self.newest_at - self.columns.published_at).astype(float)

    def since(self, window_s: int | None) -> int:
        """Returns where a window begins that counts back from the site's newest article, in seconds since 1970."""
        return 0 if window_s is None else self.newest_at - window_s

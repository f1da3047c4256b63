"""What a reader allows: whether anything of theirs may be stored, and whether ads or teasers may be chosen by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.domain.ads.reader.tcf import read_tcf

Rule = Literal["gpc", "tcf", "unreadable-tcf", "site-default"]

# Purposes of the framework: store or read on a device, choose ads by limited data (which frequency capping is part
# of), make a profile for ads, choose ads by a profile.
STORE, BASIC_ADS, PROFILE, PERSONAL_ADS = 1, 2, 3, 4
# Make a profile for content, choose content by a profile.
CONTENT_PROFILE, PERSONAL_CONTENT = 5, 6

UNREADABLE = "reader.consent.tcf: cannot be read as a TCF 2 string; taken as no consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """May an identifier be stored, may ads be chosen by what is known of the reader, and which rule says so.

    `remembered`: may what they read be kept, and teasers be chosen by it.
    """

    identifier: bool
    personalised: bool
    rule: Rule
    remembered: bool = False

    @property
    def third_parties(self) -> bool:
        """Whether others' trackers and scripts may be loaded: they store and read on the device, as identifiers are."""
        return self.identifier


def consent_of(tcf: str | None, gpc: bool, default: str) -> Consent:
    """Returns what the reader allows; the first of these that speaks decides: GPC, the TCF string, the site's default.

    Global Privacy Control refuses both. A string that cannot be read is no consent.
    """
    if gpc:
        return Consent(False, False, "gpc")
    if not tcf:
        granted = default == "granted"
        return Consent(granted, granted, "site-default", granted)
    choices = read_tcf(tcf)
    if choices is None:
        return Consent(False, False, "unreadable-tcf")
    identifier = STORE in choices.consents and choices.allows(BASIC_ADS)
    remembered = {STORE, CONTENT_PROFILE, PERSONAL_CONTENT} <= choices.consents
    return Consent(identifier, identifier and {PROFILE, PERSONAL_ADS} <= choices.consents, "tcf", remembered)

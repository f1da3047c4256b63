"""What a reader allows: whether an identifier of theirs may be stored, and whether ads may be chosen for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.domain.ads.tcf import read_tcf

Rule = Literal["gpc", "tcf", "unreadable-tcf", "site-default"]

# Purposes of the framework: store or read on a device, choose ads by limited data (which frequency capping is part
# of), make a profile for ads, choose ads by a profile.
STORE, BASIC_ADS, PROFILE, PERSONAL_ADS = 1, 2, 3, 4

UNREADABLE = "reader.consent.tcf: cannot be read as a TCF 2 string; taken as no consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """May an identifier be stored, may ads be chosen by what is known of the reader, and which rule says so."""

    identifier: bool
    personalised: bool
    rule: Rule


def consent_of(tcf: str | None, gpc: bool, default: str) -> Consent:
    """Returns what the reader allows; the first of these that speaks decides: GPC, the TCF string, the site's default.

    Global Privacy Control refuses both. A string that cannot be read is no consent.
    """
    if gpc:
        return Consent(False, False, "gpc")
    if not tcf:
        granted = default == "granted"
        return Consent(granted, granted, "site-default")
    choices = read_tcf(tcf)
    if choices is None:
        return Consent(False, False, "unreadable-tcf")
    identifier = STORE in choices.consents and choices.allows(BASIC_ADS)
    return Consent(identifier, identifier and {PROFILE, PERSONAL_ADS} <= choices.consents, "tcf")

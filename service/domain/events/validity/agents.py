"""What a user agent tells of its sender, before it is forgotten: a browser, a program or a crawler, on which device."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Agent(StrEnum):
    """Who sends a request, by its own words."""

    BROWSER = "browser"
    PROGRAM = "program"
    """An HTTP library, a browser driven by a program, or no name at all: a reporter on a server, or a test."""
    CRAWLER = "crawler"


AgentOf = Callable[[str], Agent]
"""Returns whose user agent this is; the empty text is a program's."""


class Device(StrEnum):
    """All that is kept of a user agent."""

    DESKTOP = "desktop"
    MOBILE = "mobile"
    TABLET = "tablet"
    OTHER = "other"


_TABLETS = ("iPad", "Tablet", "Silk/", "PlayBook", "Kindle")
_MOBILES = ("Mobi", "iPhone", "iPod", "Windows Phone", "Opera Mini", "BlackBerry")
_DESKTOPS = ("Windows NT", "Macintosh", "X11", "CrOS")


def device_of(user_agent: str) -> Device:
    """Returns the class of device. Android browsers say `Mobile` on phones and not on tablets."""
    if any(mark in user_agent for mark in _TABLETS):
        return Device.TABLET
    if any(mark in user_agent for mark in _MOBILES):
        return Device.MOBILE
    if "Android" in user_agent:
        return Device.TABLET
    return Device.DESKTOP if any(mark in user_agent for mark in _DESKTOPS) else Device.OTHER

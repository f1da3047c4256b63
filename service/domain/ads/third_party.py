"""What others than us count and run with a creative: trackers, and an advertiser's script in a frame of its own.

Macros stand in braces and are replaced when the creative is shown or followed: `{cachebuster}` a number that no other
showing has, `{click_url}` and `{click_url_encoded}` our own address of the click, `{landing_url}` the encoded address
that the click leads to.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from service.domain.ads.inventory import Creative
from service.domain.web_address import https_url

LANDING_URL = "{landing_url}"
# Scripts run, links open in windows of their own; without the page's origin, its storage and its forms.
SANDBOX = "allow-scripts allow-popups allow-popups-to-escape-sandbox"


def click_tracker(text: str) -> str:
    """Returns the address as given. Raises ValueError unless it is https, public, and says where it leads on."""
    if LANDING_URL not in text:
        raise ValueError(f"must hold {LANDING_URL} where it takes the address that it leads on to")
    https_url(text.replace(LANDING_URL, "x").replace("{cachebuster}", "x"))
    return text


def followed_url(creative: Creative, cachebuster: str, *, third_parties: bool) -> str:
    """Returns where a click leads: to the advertiser's tracker, which leads on, or straight to the landing address.

    Without the reader's consent to `third_parties` it is the landing address.
    """
    if not (creative.click_tracker and third_parties):
        return creative.landing_url
    landing_url = quote(creative.landing_url, safe="")
    return creative.click_tracker.replace("{cachebuster}", cachebuster).replace(LANDING_URL, landing_url)


def impression_trackers(creative: Creative, cachebuster: str) -> list[str]:
    """Returns the addresses of pictures to load with the creative, which count its impression elsewhere."""
    return [url.replace("{cachebuster}", cachebuster) for url in creative.impression_trackers]


def tag_frame(creative: Creative, click_url: str, cachebuster: str) -> str:
    """Returns an advertiser's script as markup that may stand in any page: a sandboxed frame that alone runs it."""
    tag = (
        creative.tag.replace("{cachebuster}", cachebuster)
        .replace("{click_url_encoded}", quote(click_url, safe=""))
        .replace("{click_url}", click_url)
    )
    document = f'<!doctype html><base target="_blank"><style>body{{margin:0}}</style>{tag}'
    return (
        f'<iframe class="sf-ad-frame" title="Advertisement" sandbox="{SANDBOX}" referrerpolicy="origin" '
        f'width="{creative.width or 300}" height="{creative.height or 250}" srcdoc="{escape(document)}"></iframe>'
    )

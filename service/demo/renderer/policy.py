"""The Content-Security-Policy of a page: nothing but what this very page holds."""

from __future__ import annotations

from service.demo.renderer.column import SideColumn, origin_of


def page_policy(column: SideColumn | None) -> str:
    """Returns the policy: own styles, own pictures, and the origins of the column's pictures and pixels; no scripts.

    A creative in HTML sits in a frame that inherits this policy, so its inline styles and https pictures are allowed,
    on pages that hold one.
    """
    images, styles = {"'self'"}, ["'self'"]
    if column:
        images |= _image_origins(column)
        if any(slot.creative.format == "html" for slot in column.slots.values()):
            images.add("https:")
            styles.append("'unsafe-inline'")
    directives = {
        "default-src": "'none'",
        "img-src": " ".join(sorted(images)),
        "style-src": " ".join(styles),
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def _image_origins(column: SideColumn) -> set[str]:
    addresses = [teaser.image.url for teaser in (*column.must_read, *column.recent_news) if teaser.image]
    for slot in column.slots.values():
        addresses += [slot.impression_url] if slot.impression_url else []
        addresses += [slot.creative.image.url] if slot.creative.image else []
    return {origin for address in addresses if (origin := origin_of(address))}

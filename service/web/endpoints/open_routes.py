"""The routes that anyone may call, each with its reason; a test refuses any other route without a scope."""

from __future__ import annotations

OPEN_ROUTES = {
    "/livez": "a probe has no token; it tells nothing but that the process runs",
    "/readyz": "a probe has no token; it names parts, no addresses",
    "/metrics": "a scraper inside the cluster has no token; counts only, by route, no site or reader",
    "/openapi.json": "the description of the interface is no secret",
    "/docs": "the same description, for people",
    "/embed.js": "a script that any page may load; what it then asks for is checked by origin",
    "/embed.css": "a style sheet that any page may load",
    "/c/<token>": "a reader follows a link; the signed token in the path is the permission",
    "/i/<token>": "a reader's browser loads an image; the signed token in the path is the permission",
    "/v/<token>": "a reader's browser sends a beacon; the signed token in the path is the permission",
    "/images/<site_id>/<name>": "a reader's browser loads a creative's image; its name is the digest of what it holds",
    "/v1/events": "a reader's browser sends beacons; the signed token of each is the permission",
}

"""A twin of the image store that lives in memory."""

from __future__ import annotations

from service.domain.ads.image import Image
from service.domain.errors import Conflict


class MemoryImageStore:
    """Keeps images of every site until the process ends."""

    def __init__(self) -> None:
        self._images: dict[str, dict[str, tuple[Image, bytes]]] = {}

    def put(self, site_id: str, image: Image, content: bytes, most: int) -> bool:
        """Keeps an image and returns True if it is new. Raises Conflict where the site has `most` others."""
        kept = self._images.setdefault(site_id, {})
        new = image.id not in kept
        if new and len(kept) >= most:
            raise Conflict(f"The site has {most:,} images, the most it may have; remove one that no creative shows.")
        kept[image.id] = image, content
        return new

    def content(self, site_id: str, image_id: str) -> bytes | None:
        """Returns an image's bytes, None where there is none."""
        found = self._images.get(site_id, {}).get(image_id)
        return found[1] if found else None

    def all(self, site_id: str) -> list[Image]:
        """Returns what is known of every image of the site, by id."""
        return sorted((image for image, _ in self._images.get(site_id, {}).values()), key=lambda image: image.id)

    def remove(self, site_id: str, image_id: str) -> bool:
        """Forgets an image and returns True if there was one."""
        return self._images.get(site_id, {}).pop(image_id, None) is not None

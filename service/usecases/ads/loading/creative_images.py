"""Creatives' images: taken where they are what they say, kept by the digest of their bytes, and found again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from service.domain.ads.image import Image, image_id_of, read_image
from service.domain.ads.inventory_store import (
    InventoryStore,
)
from service.domain.errors import Conflict, InvalidInput, NotFound, TooLarge


class ImageStore(Protocol):
    """Keeps each site's images by their ids."""

    def put(self, site_id: str, image: Image, content: bytes, most: int) -> bool:
        """Keeps an image and returns True if it is new. Raises Conflict where the site has `most` others."""

    def content(self, site_id: str, image_id: str) -> bytes | None:
        """Returns an image's bytes, None where there is none."""

    def all(self, site_id: str) -> list[Image]:
        """Returns what is known of every image of the site, by id."""

    def remove(self, site_id: str, image_id: str) -> bool:
        """Forgets an image and returns True if there was one."""


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """Bytes of one image, and images of one site, at most."""

    size_bytes: int
    count: int


class CreativeImages:
    """All uses of images; one that a creative shows is not forgotten."""

    def __init__(self, store: ImageStore, inventories: InventoryStore, limits: ImageLimits) -> None:
        self._store = store
        self._inventories = inventories
        self._limits = limits

    def upload(self, site_id: str, content: bytes, media: str = "") -> tuple[Image, bool]:
        """Returns the image, and True if it is new.

        Raises InvalidInput for what is no image or not of the type `media` names, TooLarge, and Conflict where the site
        has as many as it may have.
        """
        if len(content) > self._limits.size_bytes:
            raise TooLarge(f"The image is over {self._limits.size_bytes:,} bytes; send a smaller one.")
        try:
            image = read_image(content)
        except ValueError as error:
            raise InvalidInput.one("", f"The file {error}.") from error
        if media.startswith("image/") and media not in (image.type, "image/jpg"):
            raise InvalidInput.one("", f"The file was sent as {media}, but is {image.type}.")
        return image, self._store.put(site_id, image, content, self._limits.count)

    def content(self, site_id: str, image_id: str) -> bytes:
        """Returns an image's bytes. Raises NotFound."""
        found = self._store.content(site_id, image_id)
        if found is None:
            raise NotFound("image", image_id)
        return found

    def all(self, site_id: str) -> list[Image]:
        """Returns what is known of every image of the site, by id."""
        return self._store.all(site_id)

    def ids(self, site_id: str) -> frozenset[str]:
        """Returns the ids of the site's images."""
        return frozenset(image.id for image in self._store.all(site_id))

    def remove(self, site_id: str, image_id: str) -> None:
        """Forgets an image. Raises NotFound, and Conflict while a creative shows it."""
        for creative in self._inventories.load(site_id).creatives.values():
            if image_id_of(creative.image_url, site_id) == image_id:
                raise Conflict(f"The creative '{creative.id}' shows this image; give it another first.")
        if not self._store.remove(site_id, image_id):
            raise NotFound("image", image_id)

"""Each site's creative images in the store: a hash of what is known of them, and a string of bytes for each."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

import orjson
import redis

from service.adapters.redis import redis_keys as keys
from service.adapters.redis.connection import translate
from service.adapters.redis.scripts import Script
from service.domain.ads.image import Image
from service.domain.errors import Conflict


class RedisImageStore:
    """An ImageStore on Redis; one round trip a call."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._put = Script(client, "inventory/put_image")

    def put(self, site_id: str, image: Image, content: bytes, most: int) -> bool:
        """Keeps an image and returns True if it is new. Raises Conflict where the site has `most` others."""
        known = keys.IMAGES.name(site=site_id), keys.IMAGE.name(site=site_id, image_id=image.id)
        with translate():
            outcome = self._put([*known], [image.id, orjson.dumps(asdict(image)), content, most])
        if outcome < 0:
            raise Conflict(f"The site has {most:,} images, the most it may have; remove one that no creative shows.")
        return bool(outcome)

    def content(self, site_id: str, image_id: str) -> bytes | None:
        """Returns an image's bytes, None where there is none."""
        with translate():
            return cast("bytes | None", self._client.get(keys.IMAGE.name(site=site_id, image_id=image_id)))

    def all(self, site_id: str) -> list[Image]:
        """Returns what is known of every image of the site, by id."""
        with translate():
            records = cast("list[bytes]", self._client.hvals(keys.IMAGES.name(site=site_id)))
        return sorted((Image(**orjson.loads(record)) for record in records), key=lambda image: image.id)

    def remove(self, site_id: str, image_id: str) -> bool:
        """Forgets an image and returns True if there was one."""
        with translate():
            pipe = self._client.pipeline(transaction=True)
            pipe.hdel(keys.IMAGES.name(site=site_id), image_id)
            pipe.delete(keys.IMAGE.name(site=site_id, image_id=image_id))
            return bool(pipe.execute()[0])

"""Readers who open pages, see ads and teasers, follow some and read; and a diary of what they sent and were told."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.domain.engagement.teaser_events import TeaserAct
from service.domain.events.tokens import EventKind

IMPRESSION, VIEW, CLICK = EventKind.IMPRESSION, EventKind.VIEW, EventKind.CLICK
TABS = 3
"""Pages that a reader has open: the oldest is closed, and what was done with it reported, when another is opened."""

TAKEN = {"billed", "counted", "journaled"}
SLOTS = ("cpm", "vcpm", "cpc")
TEASERS = 3

Slot = tuple[int, str]
"""A page view's number and the id of its slot."""


def page_of(view: str) -> dict[str, Any]:
    """What a page call asks for, of the page view of this name."""
    slots = [{"id": name, "placement": name} for name in SLOTS]
    return {"page_view": view, "widgets": [{"id": "w", "kind": "recent-news", "size": TEASERS}], "slots": slots}


class Diary:
    """What all readers sent (`tried`), and what they were told is taken (`told`).

    An ad's event is noted once, by its slot; acts on teasers by the step of the clock in which they were sent.
    """

    def __init__(self, pages_a_step: int) -> None:
        self._lock = threading.Lock()
        self._pages_a_step = pages_a_step
        self.step = 0
        self.pages = 0
        self.answers: Counter[tuple[int, int]] = Counter()
        self.tried: dict[EventKind, set[Slot]] = {kind: set() for kind in SENT}
        self.told: dict[EventKind, set[Slot]] = {kind: set() for kind in SENT}
        self.acts_tried: Counter[tuple[int, TeaserAct]] = Counter()
        self.acts_told: Counter[TeaserAct] = Counter()
        self.tokens: list[str] = []

    def wait_for(self, number: int) -> None:
        """Waits until the clock has come to the step in which this page is opened."""
        while self.step < number // self._pages_a_step:
            threading.Event().wait(0.005)

    def is_step_over(self) -> bool:
        """Whether all pages of the clock's step were opened."""
        return self.pages >= (self.step + 1) * self._pages_a_step

    def note(self, kind: EventKind, slot: Slot, *, is_told: bool) -> None:
        """Notes an event of an ad; a click stands for its impression too."""
        with self._lock:
            for one in {kind, IMPRESSION} if kind is CLICK else {kind}:
                self.tried[one].add(slot)
                if is_told:
                    self.told[one].add(slot)

    def note_acts(self, acts: Counter[TeaserAct], *, is_told: bool) -> None:
        """Notes acts on teasers."""
        with self._lock:
            for act, count in acts.items():
                self.acts_tried[self.step, act] += count
                self.acts_told[act] += count if is_told else 0

    def note_page(self, status: int, teasers: int) -> None:
        """Notes how a page was answered; status 0 is no answer."""
        with self._lock:
            self.pages += 1
            self.answers[status, teasers] += 1


SENT = (IMPRESSION, VIEW, CLICK)


@dataclass
class Tab:
    """An open page: its number, the tokens of each ad's events, those of its teasers."""

    number: int
    ads: dict[str, tuple[str, str, str]]
    teasers: list[str]
    followed: set[str] = field(default_factory=set)


class Reader(threading.Thread):
    """Opens its own page views one after the other; a call that got no answer is not tried again."""

    def __init__(self, port: Callable[[], int], token: str, own: range, diary: Diary) -> None:
        super().__init__(daemon=True)
        self._port, self._own, self._diary = port, own, diary
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._chance = random.Random(own.start)
        self._tabs: deque[Tab] = deque()

    def run(self) -> None:
        """Reads until all is read."""
        for number in self._own:
            self._diary.wait_for(number)
            if len(self._tabs) == TABS:
                self._close(self._tabs.popleft())
            self._tabs.append(self._open(number))
        while self._tabs:
            self._close(self._tabs.popleft())

    def _open(self, number: int) -> Tab:
        status, page = self._called("POST", "/v1/page", {"site": "s", **page_of(f"v{number}")})
        items = page["widgets"]["w"]["items"] if status == 200 else []
        self._diary.note_page(status, len(items))
        if status != 200:
            return Tab(number, {}, [])
        shown = {name: slot for name, slot in page["slots"].items() if slot}
        urls = ("impression_url", "view_url", "click_url")
        ads = {name: tuple(_end(slot[url]) for url in urls) for name, slot in shown.items()}
        tab = Tab(number, ads, [_end(item["click_url"]) for item in items])
        for name, (impression, _, _) in ads.items():
            if self._chance.random() < 0.95:
                self._begin_ad(impression, (number, name))
        return tab

    def _begin_ad(self, impression: str, slot: Slot) -> None:
        for _ in range(2 if self._chance.random() < 0.05 else 1):
            status, _ = self._called("POST", f"/i/{impression}")
            self._diary.note(IMPRESSION, slot, is_told=status == 204)
            if status == 204:
                self._diary.tokens.append(impression)

    def _close(self, tab: Tab) -> None:
        """Reports what was seen, read and followed: half of the clicks by their address, the others in the batch."""
        events: list[dict[str, Any]] = []
        of_ads: list[tuple[EventKind, Slot]] = []
        for name, (_, view, click) in tab.ads.items():
            slot = tab.number, name
            if self._chance.random() < 0.6:
                events.append({"token": view, "visible_ratio": 0.9, "visible_ms": 1_200})
                of_ads.append((VIEW, slot))
            chance = self._chance.random()
            if chance < 0.1:
                events.append({"token": click})
                of_ads.append((CLICK, slot))
            elif chance < 0.2:
                status, _ = self._called("GET", f"/c/{click}")
                self._diary.note(CLICK, slot, is_told=status == 302)
        self._report(events, of_ads, tab)

    def _report(self, events: list[dict[str, Any]], of_ads: list[tuple[EventKind, Slot]], tab: Tab) -> None:
        acts: Counter[TeaserAct] = Counter()
        for place, token in enumerate(tab.teasers, 1):
            for act, share in ((TeaserAct.IMPRESSION, 1), (TeaserAct.VIEW, 0.5), (TeaserAct.CLICK, 0.1)):
                if self._chance.random() < share:
                    events.append({"token": token, "kind": str(act), "widget": "recent-news", "position": place})
                    acts[act] += 1
        events.append({"kind": "read", "article": "a-0", "dwell_ms": 1_000})
        acts[TeaserAct.READ] += 1
        status, answer = self._called("POST", "/v1/events?site=s", {"events": events})
        is_told = status == 200 and set(answer["outcomes"]) <= TAKEN
        for kind, slot in of_ads:
            self._diary.note(kind, slot, is_told=is_told)
        self._diary.note_acts(acts, is_told=status == 200)

    def _called(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and body of the answer; status 0 where it was lost. Waits for a server that is not there."""
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self._port(), timeout=5)
            try:
                connection.request(method, path, json.dumps(body) if body is not None else None, self._headers)
                answer = connection.getresponse()
                text = answer.read()
                return answer.status, json.loads(text) if path.startswith("/v1") else None
            except ConnectionRefusedError:
                threading.Event().wait(0.02)
            except (OSError, http.client.HTTPException):
                return 0, None
            finally:
                connection.close()


def _end(url: str) -> str:
    return url.rpartition("/")[2]

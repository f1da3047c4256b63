"""The faults a caller can meet, one meaning per error; the web maps each to a status, the CLI to an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in an input: where it stands (`widgets[0].size`) and what would be right."""

    path: str
    message: str


class StandfirstError(Exception):
    """Any fault that the caller can understand and mend; its text names the place and the remedy."""


class InvalidInput(StandfirstError):
    """The input breaks the contract; carries every fault found, not only the first."""

    def __init__(self, faults: Sequence[Fault], detail: str = "The input has faults.") -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults)

    @classmethod
    def one(cls, path: str, message: str) -> InvalidInput:
        """An error of a single fault, whose place and message are also the detail."""
        return cls(
            [Fault(path, message)],
            message if message.startswith(path) or message[:1].isupper() else f"{path}: {message}",
        )


class TooLarge(StandfirstError):
    """The input is larger than the setting allows; nothing of it was taken."""


class Unauthenticated(StandfirstError):
    """No token, or one that is malformed, unknown or revoked."""


class Forbidden(StandfirstError):
    """A valid token that lacks the scope or belongs to another site; or an origin that is not on the list."""


class NotFound(StandfirstError):
    """The named entity does not exist in this site; `remedy` says what to do, where the kind alone does not tell."""

    def __init__(self, kind: str, entity_id: str, remedy: str = "") -> None:
        remedy = remedy or _KEPT_BRIEFLY.get(kind, "")
        super().__init__(f"There is no {kind} '{entity_id}'{remedy and f'; {remedy}'}.")
        self.kind = kind
        self.entity_id = entity_id
        self.remedy = remedy


_KEPT_BRIEFLY = {"plan": "a plan is kept for an hour: plan again"}


class Gone(StandfirstError):
    """It was here and may not be shown any more."""


class Conflict(StandfirstError):
    """What is asked does not go as things stand: it changed meanwhile, exists already, or something needs it."""


class PreconditionFailed(StandfirstError):
    """The caller names a state that the entity is no longer in: another wrote first."""


class StoreUnavailable(StandfirstError):
    """The store did not answer in time, or refused the connection."""


class JournalFull(StoreUnavailable):
    """The store is away, and the host's journal takes no more events: they must be sent again."""


class ExportFailed(StandfirstError):
    """A file of events could not be written where the setting says; it is tried again."""


class ModelUnusable(StandfirstError):
    """A model bundle is missing, altered, or of a version this code cannot read."""


class SourceUnavailable(StandfirstError):
    """A source of articles did not answer, answered an error, or is not allowed; `retry_after_s` is what it asked."""

    def __init__(self, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class SourceTooLarge(SourceUnavailable):
    """A source answered more bytes than are taken; nothing of it was used."""

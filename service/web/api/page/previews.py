"""Takes slots that name their creative out of a page's decision: they are previews, of which nothing bills."""

from __future__ import annotations

from typing import Any

from service.domain.errors import Conflict, Fault, InvalidInput, NotFound
from service.domain.sites.access import Scope
from service.web.api.page.page_wire import PageBody
from service.web.endpoints.call import Call

NEEDS_SCOPE = "needs a token with the scope 'ads'; the slot was filled as any other"


def take_previews(call: Call[PageBody], base_url: str) -> tuple[PageBody, dict[str, Any], list[str]]:
    """Returns the call's body without such slots, what each of these shows, and warnings for a token that may not ask.

    Raises InvalidInput for a creative that there is not, or that is killed.
    """
    body = call.body
    if not any(slot.creative for slot in body.slots):
        return body, {}, []
    if not call.principal.allows(Scope.ADS):
        return body, {}, [f"slots[{at}].creative: {NEEDS_SCOPE}" for at, slot in enumerate(body.slots) if slot.creative]
    shown, faults = {}, []
    for at, slot in enumerate(body.slots):
        if slot.creative:
            try:
                shown[slot.id] = call.services.ads.preview(call.site, slot.creative, base_url)
            except (NotFound, Conflict) as error:
                faults.append(Fault(f"slots[{at}].creative", str(error)))
    if faults:
        raise InvalidInput(faults)
    return body.model_copy(update={"slots": tuple(slot for slot in body.slots if not slot.creative)}), shown, []

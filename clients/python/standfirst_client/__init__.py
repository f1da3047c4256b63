"""What a page renderer imports: asks Standfirst for a page, and never breaks the page it is asked for."""

from standfirst_client.answers import Creative, Image, Model, Page, Reason, RowResult, Slot, Teaser, Widget
from standfirst_client.client import StandfirstClient
from standfirst_client.errors import FieldError, StandfirstError

__all__ = [
    "Creative",
    "FieldError",
    "Image",
    "Model",
    "Page",
    "Reason",
    "RowResult",
    "Slot",
    "StandfirstClient",
    "StandfirstError",
    "Teaser",
    "Widget",
]

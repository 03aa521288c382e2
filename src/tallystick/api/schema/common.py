"""What every shape is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

Number = Annotated[Decimal, WithJsonSchema({"type": "number", "description": "Exact decimal digits, not a float's."})]
Item = TypeVar("Item")


class Shape(BaseModel):
    """A JSON object."""


class OpenShape(BaseModel):
    """A JSON object that may have more keys."""

    model_config = ConfigDict(extra="allow")


class Links(Shape):
    """Neighbouring pages, relative to the host."""

    first: str
    next: str | None
    previous: str | None
    last: str


class ListMeta(OpenShape):
    """The count and the page."""

    count: int
    limit: int
    offset: int


class ListEnvelope(Shape, Generic[Item]):
    """A page of a list."""

    meta: ListMeta
    links: Links
    data: list[Item]


class ObjectEnvelope(Shape, Generic[Item]):
    """One object in the envelope of lists."""

    meta: ListMeta
    links: Links
    data: Item


class Amount(Shape):
    """A number and its unit."""

    value: Number
    units: str


class StandardError(Shape):
    """One thing that is wrong."""

    detail: str
    source: str | None
    status: int


class StandardErrors(Shape):
    """The standard family of errors."""

    errors: list[StandardError]


class ParameterErrors(OpenShape):
    """A map of the parameters at fault, nested like them."""


Echo = Annotated[dict[str, Any], Field(description="The question as understood.")]
ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ParameterErrors, "description": "A parameter is wrong."},
    401: {"model": StandardErrors, "description": "No identity."},
    403: {"model": StandardErrors, "description": "No permission."},
    406: {"model": StandardErrors, "description": "No form that the client accepts."},
}
"""What every question may be answered with instead."""

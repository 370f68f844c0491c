"""By what rules the registry is kept: reference lists, entry criteria, custom fields."""

from __future__ import annotations

from datetime import date
from typing import Literal

from ninja import Router
from pydantic import BaseModel, Field

from accounts.api import ApiRequest, TokenAuth
from clients import services
from clients.api.inputs import ReferenceIn, SourceIn
from clients.criteria import criteria_in_force
from clients.models import CustomField, Industry, LineOfBusiness, Source

router = Router(tags=["rules"])
VIEW = TokenAuth("clients.view_client")
SET = TokenAuth("clients.set_rules")


class ReferenceOut(BaseModel):
    """One entry of a reference list."""

    id: int
    name: str
    retired: bool = Field(description="No longer offered; clients that have it keep it.")

    @classmethod
    def of(cls, entry: Industry | LineOfBusiness) -> ReferenceOut:
        """Tell of `entry`."""
        return cls(id=entry.pk, name=entry.name, retired=entry.retired)


class SourceOut(ReferenceOut):
    """Where clients come from."""

    targeted: bool = Field(description="Sought on purpose, rather than come by itself.")

    @classmethod
    def of_source(cls, source: Source) -> SourceOut:
        """Tell of `source`."""
        return cls(id=source.pk, name=source.name, retired=source.retired, targeted=source.targeted)


class CriterionOut(BaseModel):
    """A criterion in force: what is asked, and of whom. The lists of an audience must all hold; an empty one asks nothing."""

    id: int
    fact: str
    field: str = Field(description="The field that mends it.")
    label: str
    level: Literal["required", "recommended"]
    kinds: list[str]
    roles: list[str]
    lifecycles: list[str]
    sources: list[int]
    industries: list[int]
    pattern: str
    max_age_months: int | None
    valid_from: date | None
    grace_days: int


class CustomFieldOut(BaseModel):
    """A field that the administrator added; its values are in `custom` of a client, by key."""

    key: str
    label: str
    kind: Literal["text", "number", "date", "boolean", "choice"]
    choices: list[str]
    help_text: str
    position: int
    retired: bool


@router.get("/sources", response=list[SourceOut], auth=VIEW, operation_id="list_sources")
def list_sources(request: ApiRequest) -> list[SourceOut]:
    """All sources by name, retired ones too."""
    return [SourceOut.of_source(source) for source in Source.objects.all()]


@router.post("/sources", response={201: SourceOut}, auth=SET, operation_id="create_source")
def create_source(request: ApiRequest, payload: SourceIn) -> SourceOut:
    """Add a source."""
    return SourceOut.of_source(services.add_reference(Source, user=request.user, name=payload.name, targeted=payload.targeted))


@router.get("/industries", response=list[ReferenceOut], auth=VIEW, operation_id="list_industries")
def list_industries(request: ApiRequest) -> list[ReferenceOut]:
    """All industries by name, retired ones too."""
    return [ReferenceOut.of(industry) for industry in Industry.objects.all()]


@router.post("/industries", response={201: ReferenceOut}, auth=SET, operation_id="create_industry")
def create_industry(request: ApiRequest, payload: ReferenceIn) -> ReferenceOut:
    """Add an industry."""
    return ReferenceOut.of(services.add_reference(Industry, user=request.user, name=payload.name))


@router.get("/lines-of-business", response=list[ReferenceOut], auth=VIEW, operation_id="list_lines_of_business")
def list_lines_of_business(request: ApiRequest) -> list[ReferenceOut]:
    """All lines of business by name, retired ones too."""
    return [ReferenceOut.of(line) for line in LineOfBusiness.objects.all()]


@router.post("/lines-of-business", response={201: ReferenceOut}, auth=SET, operation_id="create_line_of_business")
def create_line_of_business(request: ApiRequest, payload: ReferenceIn) -> ReferenceOut:
    """Add a line of business."""
    return ReferenceOut.of(services.add_reference(LineOfBusiness, user=request.user, name=payload.name))


@router.get("/criteria", response=list[CriterionOut], auth=VIEW, operation_id="list_criteria")
def list_criteria(request: ApiRequest) -> list[CriterionOut]:
    """The entry criteria in force today."""
    return [
        CriterionOut(
            fact=rule.fact.key,
            field=rule.fact.field,
            label=str(rule.fact.label),
            **{name: getattr(rule.criterion, name) for name in CriterionOut.model_fields if name not in {"fact", "field", "label"}},
        )
        for rule in criteria_in_force().rules
    ]


@router.get("/custom-fields", response=list[CustomFieldOut], auth=VIEW, operation_id="list_custom_fields")
def list_custom_fields(request: ApiRequest) -> list[CustomFieldOut]:
    """The custom fields in their order, retired ones too."""
    return [
        CustomFieldOut(**{name: getattr(field, name) for name in CustomFieldOut.model_fields})
        for field in CustomField.objects.order_by("position", "id")
    ]

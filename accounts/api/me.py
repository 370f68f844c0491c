"""Who the token stands for."""

from __future__ import annotations

from ninja import Router
from pydantic import BaseModel, Field

from accounts.api.auth import ApiRequest, TokenAuth
from accounts.models import ApiToken, Company
from accounts.roles import Role

router = Router(tags=["me"])


class Named(BaseModel):
    """A record that another one refers to."""

    id: int
    name: str


class TokenOut(BaseModel):
    """The token of this request."""

    name: str
    scope: ApiToken.Scope


class CompanyOut(BaseModel):
    """The company whose registry this is."""

    name: str
    currency: str = Field(description="ISO 4217 code")
    time_zone: str
    country: str = Field(description="ISO 3166 code; phones without a country code are read as of this country")


class MeOut(BaseModel):
    """The user of the token, and what it may do."""

    id: int
    username: str
    full_name: str
    email: str
    role: Role | None
    team: Named | None
    language: str
    time_zone: str
    permissions: list[str]
    token: TokenOut
    company: CompanyOut


@router.get("/me", response=MeOut, auth=TokenAuth(), operation_id="get_me", summary="Who I am")
def get_me(request: ApiRequest) -> MeOut:
    """The user whom the token stands for, its role and permissions."""
    user, company = request.user, Company.current()
    return MeOut(
        id=user.pk,
        username=user.username,
        full_name=user.full_name,
        email=user.email,
        role=user.role,
        team=Named(id=user.team.pk, name=user.team.name) if user.team else None,
        language=user.language,
        time_zone=user.time_zone,
        permissions=sorted(user.get_all_permissions()),
        token=TokenOut(name=request.auth.name, scope=ApiToken.Scope(request.auth.scope)),
        company=CompanyOut(name=company.name, currency=company.currency, time_zone=company.time_zone, country=company.region),
    )

"""What every router of the API shares: tokens, limits, problems, repeats. `crm.api` puts the routers together."""

from accounts.api.auth import ApiRequest, TokenAuth
from accounts.api.idempotency import replay_repeats
from accounts.api.me import Named, router
from accounts.api.problems import FieldProblem, Problem, ProblemError, problem

__all__ = [
    "ApiRequest",
    "FieldProblem",
    "Named",
    "Problem",
    "ProblemError",
    "TokenAuth",
    "problem",
    "replay_repeats",
    "router",
]

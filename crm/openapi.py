"""The OpenAPI document: what ninja says of the endpoints, and every answer that the API's own doors can give."""

from __future__ import annotations

from typing import Any

from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from accounts.api.auth import TokenAuth
from accounts.api.idempotency import HEADER, LONGEST_KEY
from accounts.api.problems import MEDIA_TYPE, Problem

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_ALWAYS = {400: "The request can't be read.", 401: "No living token.", 429: "Too many requests."}
_WORDS = {
    307: "The client was merged; `Location` and `merged_into` lead to where it went.",
    409: "The client was merged; `merged_into` says into which.",
    403: "The token or the role does not allow it.",
    404: "There is no such record, or it may not be seen.",
    413: "The body is too large.",
    415: "The body is not of the kind that is read here.",
    422: "Some fields need mending; `errors` names each.",
}
_RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
_REPLAYED = {"description": "“true” if this is the kept answer to an earlier request.", "schema": {"type": "string", "enum": ["true"]}}


class OpenAPI(OpenAPISchema):
    """ninja's document with the problems, the idempotency key and the headers written out."""

    def get_components(self) -> dict[str, Any]:
        """Return the shared schemas, the problem's among them."""
        definition = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        self.add_schema_definitions(definition.pop("$defs"))
        self.add_schema_definitions({"Problem": definition})
        components: dict[str, Any] = super().get_components()
        return components

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        """Return one endpoint with every answer it can give."""
        details: dict[str, Any] = super().operation_details(operation)
        responses = {int(status): answer for status, answer in details["responses"].items()}
        for status, answer in responses.items():
            if status >= 400:
                answer["content"] = {MEDIA_TYPE: next(iter(answer["content"].values()))}
        permissions = [name for auth in operation.auth_callbacks if isinstance(auth, TokenAuth) for name in auth.permissions]
        if permissions:
            details["x-permissions"] = permissions
        for status, words in _further(operation, details).items():
            responses.setdefault(status, {"description": words, "content": {MEDIA_TYPE: {"schema": _PROBLEM}}})
        responses[429]["headers"] = {"Retry-After": _RETRY_AFTER}
        if 202 in responses and "GET" in operation.methods:
            responses[202]["headers"] = {"Retry-After": _RETRY_AFTER}
        if "POST" in operation.methods:
            details["parameters"].append(
                {
                    "in": "header",
                    "name": HEADER,
                    "required": False,
                    "description": "A repeat with the same key and body gets the first answer; keys live 24 hours at least.",
                    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
                }
            )
            for status, answer in responses.items():
                if status < 300:
                    answer.setdefault("headers", {})["Idempotent-Replayed"] = _REPLAYED
        details["responses"] = {str(status): responses[status] for status in sorted(responses)}
        return details


def _further(operation: Operation, details: dict[str, Any]) -> dict[int, str]:
    """Return the problems that the doors of the API can answer before or after the endpoint itself."""
    asked = {parameter["in"] for parameter in details["parameters"]}
    has_body = "requestBody" in details
    writes = not set(operation.methods) <= {"GET"}
    of_client = any(parameter["name"] == "client_id" for parameter in details["parameters"])
    statuses = {
        307: of_client and not writes,
        409: of_client and writes,
        403: writes or "x-permissions" in details,
        404: "path" in asked,
        413: has_body,
        415: has_body,
        422: has_body or writes or "query" in asked,
    }
    return _ALWAYS | {status: _WORDS[status] for status, possible in statuses.items() if possible}

"""The ledger in the API."""

from ninja import Router

from sales.api.routes import complaints, costs, documents, pools

router = Router()
for part in (documents, costs, complaints, pools):
    router.add_router("", part.router)

__all__ = ["router"]

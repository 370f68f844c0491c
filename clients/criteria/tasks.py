"""Doors of the background to the rules."""

from celery import shared_task

from clients.criteria import passes


@shared_task(name="clients.criteria.work")
def work() -> None:
    """Do what changed rules leave to be done. Runs each minute, and at once after a change; costs a few queries when there is nothing."""
    from clients.services.moves import finish_moves
    from clients.services.target import finish_marking

    finish_moves()
    finish_marking()
    passes.settle_standing()


@shared_task(name="clients.criteria.recount")
def recount() -> None:
    """Count anew who meets which criterion."""
    passes.recount()

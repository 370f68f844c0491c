"""Merging clear pairs in the background."""

from celery import shared_task

from clients.services.duplicates import clearing


@shared_task
def merge_clear_pairs(merging_id: int) -> None:
    """Go on with the merging of clear pairs that was asked for."""
    clearing.carry_on(merging_id)


@shared_task
def take_up_forsaken_merging() -> None:
    """Start again what a dead worker left, and what the broker never told anybody."""
    clearing.take_up_forsaken()

"""Work on lists that is too long for a request."""

import structlog
from celery import shared_task
from django.utils import timezone

from ui.models import ListWork

log = structlog.get_logger(__name__)


@shared_task
def do_list_work(work_id: int) -> None:
    """Carry out a noted change of many rows, or write a large export."""
    from ui.lists import work as works

    work = ListWork.objects.select_related("user").filter(pk=work_id, state=ListWork.State.WAITING).first()
    if work is None:
        log.info("list_work_missing", work=work_id)
        return
    try:
        works.carry_out(work)
    except Exception:
        ListWork.objects.filter(pk=work_id).update(state=ListWork.State.FAILED, finished_at=timezone.now())
        raise

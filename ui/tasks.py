"""Work on lists that is too long for a request."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from ui.models import ListWork

log = structlog.get_logger(__name__)


@shared_task
def do_list_work(work_id: int) -> None:
    """Carry out a noted change of many rows, or write a large export."""
    from ui.lists import work as works

    # a worker that died left it running: it comes again, and goes on after the rows that are done
    under_way = ListWork.objects.filter(state__in=[ListWork.State.WAITING, ListWork.State.RUNNING])
    work = under_way.select_related("user").filter(pk=work_id).first()
    if work is None:
        log.info("list_work_missing", work=work_id)
        return
    try:
        works.carry_out(work)
    except Exception:
        ListWork.objects.filter(pk=work_id).update(state=ListWork.State.FAILED, finished_at=timezone.now())
        raise


@shared_task
def tidy_exports() -> None:
    """Delete the files of exports a day after they were made."""
    old = ListWork.objects.exclude(file="").filter(finished_at__lt=timezone.now() - timedelta(days=1))
    for work in old:
        work.file.delete(save=False)
        work.file = ""
        work.save(update_fields=["file"])

"""The Django project: settings, urls, celery, the embedded stack, `manage.py up`, health."""

from crm.celery import app as celery_app

__all__ = ["celery_app"]

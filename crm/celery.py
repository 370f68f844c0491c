"""The Celery application. The broker only wakes workers; what must not be lost is in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
app = Celery("seraph")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

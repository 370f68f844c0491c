#!/usr/bin/env python3
"""Django's command line for Seraph. Starts the embedded servers for the command when nobody has yet."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    from crm import embedded

    with embedded.running(settings.DATA_DIR, postgres=not os.environ.get("DATABASE_URL"), valkey=not os.environ.get("REDIS_URL")):
        execute_from_command_line(sys.argv)

"""Settings of Seraph. Everything that differs between machines comes from the environment.

Without any variable set, Seraph runs on its own embedded PostgreSQL and Valkey, kept in the data
folder `SERAPH_DATA` (see `crm.embedded`). With `SERAPH_ENV=production` nothing is guessed: a missing
secret or address stops the start with a sentence that names the variable.
"""

import zoneinfo
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from crm import embedded, reservation
from crm import logging as seraph_logging
from crm.servers import database_config, mailer_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

ENVIRONMENT = env.str("SERAPH_ENV", default="local")
if ENVIRONMENT not in {"local", "test", "production"}:
    raise ImproperlyConfigured(f"SERAPH_ENV must be local or production, not {ENVIRONMENT!r}.")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=False)
DATA_DIR = embedded.data_dir()
PORT = reservation.port()


def required(name: str) -> str:
    """Return the environment variable `name`; in production its absence stops the start."""
    value: str = env.str(name, default="")
    if not value and PRODUCTION:
        raise ImproperlyConfigured(f"Set {name}: production does not start without it (see .env.example).")
    if "change-me" in value:
        raise ImproperlyConfigured(f"Set {name}: it still holds the example's value.")
    return value


# --- servers -----------------------------------------------------------------------------------

SECRET_KEY = required("SECRET_KEY") or embedded.secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Two roles: the application comes by DATABASE_URL and can't touch history; who migrates comes by DATABASE_OWNER_URL and owns
# the tables (docs/decisions/0023). With DATABASE_URL alone, one role does both.
DATABASE_URL = required("DATABASE_URL") or embedded.database_url(DATA_DIR)
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="") or (
    "" if env.str("DATABASE_URL", default="") else embedded.owner_url(DATA_DIR)
)
AS_OWNER = bool(DATABASE_OWNER_URL) and env.bool("SERAPH_AS_OWNER", default=False)  # manage.py sets it for commands that migrate
REDIS_URL = required("REDIS_URL") or embedded.redis_url(DATA_DIR)

DATABASE_APP = database_config(DATABASE_URL)
DATABASE_OWNER = database_config(DATABASE_OWNER_URL, variable="DATABASE_OWNER_URL") if DATABASE_OWNER_URL else DATABASE_APP
DATABASES: dict[str, dict[str, Any]] = {"default": dict(DATABASE_OWNER if AS_OWNER else DATABASE_APP)}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"]["OPTIONS"],
    # After a failure a pool tries again at longer and longer intervals, for up to 5 minutes: too long to notice that the server is
    # back. Given up soon, the next who asks begins anew.
    "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=8), "timeout": 10, "reconnect_timeout": 8},
}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "seraph"}}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker that is away is waited for, however long
# A web process that wakes a worker must not hang on a host that is gone.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 3, "socket_keepalive": True}
# A worker that is told nothing else listens to both; `manage.py up` and docker-compose.yml run one for each.
CELERY_TASK_QUEUES = {name: {"exchange": name, "routing_key": name} for name in ("celery", "reminders")}
CELERY_TASK_DEFAULT_QUEUE = "celery"
# what must not wait for a long task: word of reminders, and figures of the ledger
CELERY_TASK_ROUTES = {
    "reminders.fire": "reminders",
    "reminders.deliver": "reminders",
    "reminders.zones": "reminders",
    "sales.refresh": "reminders",
}
CELERY_TASK_SERIALIZER = "json"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # keeps no file: what is due is in PostgreSQL
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "what changed rules leave to be done": {"task": "clients.criteria.work", "schedule": 60.0},
    "count data quality, write about it on Mondays": {"task": "clients.quality.work", "schedule": 300.0},
    "compare clients that are new or changed": {"task": "clients.duplicates.search", "schedule": 60.0},
    "tell of reminders that are due": {"task": "reminders.fire", "schedule": 10.0},
    "send word of reminders": {"task": "reminders.deliver", "schedule": 10.0},
    "follow the rules of time zones": {"task": "reminders.zones", "schedule": 300.0},
    "tell guests of meetings what changed": {"task": "reminders.invite", "schedule": 60.0, "options": {"expires": 60}},
    "send the morning's mail": {"task": "reminders.digests", "schedule": 300.0, "options": {"expires": 300}},
    "forget old word of reminders": {"task": "reminders.sweep", "schedule": 6 * 3600.0},
    "work out what postings have marked": {"task": "sales.refresh", "schedule": 5.0, "options": {"expires": 5}},
    "check the ledger at night": {"task": "sales.night", "schedule": 900.0, "options": {"expires": 900}},
    "make the reminders of rules": {"task": "reminders.rules", "schedule": 900.0},
    "work out the reports that people look at": {"task": "scoring.refresh", "schedule": 5.0, "options": {"expires": 5}},
    "work reports out ahead of those who ask": {"task": "scoring.work_ahead", "schedule": 60.0, "options": {"expires": 60}},
    "measure turnaround cases whose months are over": {"task": "scoring.measure", "schedule": 6 * 3600.0},
    "forget the reports that nobody looks at": {"task": "scoring.forget", "schedule": 6 * 3600.0},
    "tick": {"task": "crm.tick", "schedule": 10.0, "options": {"expires": 10}},
    "forget the answers to old POSTs": {"task": "accounts.tasks.forget_idempotent_answers", "schedule": 3600.0},
    "go on with imports whose worker died": {"task": "clients.tasks.imports.find_forsaken_imports", "schedule": 60.0},
    "delete the files of old imports": {"task": "clients.tasks.imports.tidy_imports", "schedule": 6 * 3600.0},
    "go on with merging clear pairs": {"task": "clients.tasks.duplicates.take_up_forsaken_merging", "schedule": 60.0},
    "build the indexes of custom fields": {"task": "clients.tasks.lists.keep_custom_indexes", "schedule": 300.0},
    "delete the files of old exports": {"task": "ui.tasks.tidy_exports", "schedule": 3600.0},
    "send waiting mail": {"task": "accounts.tasks.send_mail", "schedule": 60.0},
    "sweep sessions, links and mail that are over": {"task": "accounts.tasks.sweep", "schedule": 6 * 3600.0},
}

# --- applications ------------------------------------------------------------------------------

INSTALLED_APPS = [
    "crm",
    "reminders",
    "scoring",
    "sales",
    "clients",
    "accounts",
    "ui",
    "pghistory",
    "pgtrigger",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_tables2",
    "django_filters",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",  # after ui: the form renderer looks for our templates first
]

MIDDLEWARE = [
    "crm.frames.room_for_frames",
    "accounts.once.once_a_page",
    "crm.health.HealthMiddleware",
    "crm.middleware.ClientAddressMiddleware",
    "crm.middleware.RequestLogMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pads what it compresses, so that lengths betray no secrets (BREACH)
    "crm.problems.ProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.FirstRunMiddleware",
    "accounts.middleware.PersonalSettingsMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "ui.saying.SayingMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clients.middleware.MergedMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.DeviceMiddleware",
    "accounts.middleware.HistoryMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
FORM_RENDERER = "ui.forms.Renderer"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "ui.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ui.context.shell",
            ],
        },
    }
]

# --- people ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.ActiveUserBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
PASSWORD_RESET_TIMEOUT = 4 * 3600

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address is proved by the invitation that was sent to it
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.tokens.ResetTokenGenerator"  # noqa: S105  (a class)
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",  # the key is the account (see accounts.adapters)
    "reset_password": "10/m/ip,3/m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
ACCOUNT_FORMS = {
    "login": "accounts.forms.sign_in.SignInForm",
    "reset_password": "accounts.forms.sign_in.AskForResetForm",
    "reset_password_from_key": "accounts.forms.sign_in.ResetForm",
    "change_password": "accounts.forms.sign_in.ChangePasswordForm",
    "set_password": "accounts.forms.sign_in.FirstPasswordForm",
    "reauthenticate": "accounts.forms.sign_in.ConfirmPasswordForm",
}
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # the code before and after count, too: people type slowly, clocks differ
MFA_FORMS = {
    "authenticate": "accounts.forms.second_factor.CodeForm",
    "reauthenticate": "accounts.forms.second_factor.ConfirmCodeForm",
    "activate_totp": "accounts.forms.second_factor.AppForm",
    "add_webauthn": "accounts.forms.second_factor.PasskeyForm",
    "login_webauthn": "accounts.forms.second_factor.PasskeySignInForm",
    "authenticate_webauthn": "accounts.forms.second_factor.PasskeyStepForm",
    "reauthenticate_webauthn": "accounts.forms.second_factor.ConfirmPasskeyForm",
    "edit_webauthn": "accounts.forms.second_factor.PasskeyNameForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 0  # REMOTE_ADDR is the visitor's already, see crm.middleware.ClientAddressMiddleware

# --- language and time -------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
zoneinfo.reset_tzpath(())  # zones come from the locked package tzdata, so that all hosts go by the same (reminders.engine.zones)

# --- files -------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # every reference goes through {% static %}
MEDIA_ROOT = DATA_DIR / "files"  # never served: files leave through views that check who asks
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "crm.storage.StaticStorage"},
}
if ENVIRONMENT == "test":  # tests serve the files as they stand, without collecting them first
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
FILE_UPLOAD_HANDLERS = ["clients.imports.uploading.SizeLimit", "django.core.files.uploadhandler.TemporaryFileUploadHandler"]
IMPORT_MAX_BYTES = env.int("SERAPH_IMPORT_MAX_BYTES", default=200_000_000)
IMPORT_MAX_UNPACKED_BYTES = env.int("SERAPH_IMPORT_MAX_UNPACKED_BYTES", default=1_500_000_000)  # of an XLSX
IMPORT_MAX_ROWS = env.int("SERAPH_IMPORT_MAX_ROWS", default=1_000_000)
IMPORT_MAX_COLUMNS = env.int("SERAPH_IMPORT_MAX_COLUMNS", default=500)
IMPORT_KEEP_DAYS = env.int("SERAPH_IMPORT_KEEP_DAYS", default=30)  # the files, and with them the way to undo
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000

# --- security ----------------------------------------------------------------------------------

SITE_URL = (required("SITE_URL") or reservation.address(DATA_DIR)).rstrip("/")
_host = urlsplit(SITE_URL).hostname
if not _host or (PRODUCTION and not SITE_URL.startswith("https://")):
    raise ImproperlyConfigured("SITE_URL must be the address that people open, for example https://crm.example.com.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_host] if PRODUCTION else [_host, "localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# How many proxies of ours stand in front: so many entries at the end of X-Forwarded-For are believed, no more.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if PRODUCTION else 0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
CSRF_FAILURE_VIEW = "ui.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

# --- API ---------------------------------------------------------------------------------------

API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)  # of one token
API_FAILURES_PER_MINUTE = env.int("API_FAILURES_PER_MINUTE", default=30)  # of one address, without a living token

# --- mail --------------------------------------------------------------------------------------

EMAIL_URL = env.str("EMAIL_URL", default="")
# Mail goes to the database; from there to the server, or, where none is set, to a page for the administrator.
MAILERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "accounts.mail.StoredMailBackend"}}
if EMAIL_URL:
    MAILERS["server"] = mailer_config(EMAIL_URL)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="") or "Seraph <seraph@localhost>"

# --- word of reminders -------------------------------------------------------------------------

REMINDERS_LATE_SECONDS = 60  # six ticks missed: administrators are told on every page
# The push services of browsers' makers: nothing else is posted to, whatever a browser names (a leading dot: any host below).
PUSH_SERVICES = ["fcm.googleapis.com", ".push.apple.com", "updates.push.services.mozilla.com", ".notify.windows.com"]
PUSH_STAND_IN = ""  # only tests name one, on loopback
if ENVIRONMENT != "test" and PUSH_STAND_IN:
    raise ImproperlyConfigured("PUSH_STAND_IN is for tests only.")

# --- history -----------------------------------------------------------------------------------

PGHISTORY_APPEND_ONLY = True
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = False  # crm.guard installs one that leaves what is written as it is
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

AUDIT_KEEP_ADDRESSES_MONTHS = env.int("AUDIT_KEEP_ADDRESSES_MONTHS", default=12)

# --- logs --------------------------------------------------------------------------------------

LOGGING = seraph_logging.configure(json=env.bool("LOG_JSON", default=PRODUCTION), level=env.str("LOG_LEVEL", default="INFO").upper())

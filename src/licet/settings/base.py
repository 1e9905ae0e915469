"""Settings that hold for every installation."""

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from licet.settings import data_folder, private_file

DATA = data_folder()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get("LICET_SECRET_KEY") or private_file(DATA / "session.key").decode()
DEBUG = False
ALLOWED_HOSTS = [host for host in os.environ.get("LICET_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if host]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "heroicons",
    "licet.ledger",
    "licet.sites",
    "licet.vault",
    "licet.estate",
    "licet.access",
    "licet.register",
    "licet.search",
    "licet.authorization",
    "licet.advisories",
    "licet.renewals",
    "licet.alerts",
    "licet.audits",
    "licet.compliance",
    "licet.doctor",
    "licet.sweep",
    "licet.web",
    "licet.api",
]
MIDDLEWARE = [
    "licet.web.base.requests.RequestMiddleware",
    "licet.api.problem.ProblemMiddleware",
    "licet.web.health.any_host.AnyHostMiddleware",
    "licet.web.base.address.AddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "licet.web.base.size.SizeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "licet.web.people.bearer.BearerMiddleware",
    "licet.web.base.rate.RateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "licet.web.people.gate.SecondFactorMiddleware",
    "licet.web.base.middleware.PageMiddleware",
]
ROOT_URLCONF = "licet.web.urls"
WSGI_APPLICATION = "licet.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted((PACKAGE / "web").glob("*/templates")),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "licet.web.base.context.page",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "sites.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign-in"

# Of allauth the second factors are used (its tables, TOTP, passkeys, recovery codes); its pages are not routed.
MFA_ADAPTER = "licet.web.people.factors.SealedFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Licet"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODE_DIGITS = 10
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
# Of ninja only the files of the API's page are served; it is imported by the API alone, so that no command waits for it.
_swagger = Path(str(find_spec("ninja").origin)).parent / "static"  # type: ignore[union-attr]
STATICFILES_DIRS = [*sorted((PACKAGE / "web").glob("*/static")), _swagger]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA / "documents"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

SESSION_ENGINE = "licet.sites.session"
# Cookies know no port: two Licets on one host keep apart by their names.
_own = hashlib.sha256(str(DATA).encode()).hexdigest()[:8]
SESSION_COOKIE_NAME = f"licet-session-{_own}"
CSRF_COOKIE_NAME = f"licet-form-{_own}"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
_behind_tls = os.environ.get("LICET_TLS", "") == "1"
SESSION_COOKIE_SECURE = _behind_tls
CSRF_COOKIE_SECURE = _behind_tls
SECURE_HSTS_SECONDS = 31_536_000 if _behind_tls else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _behind_tls else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# Only these may say where a request came from and that it came by TLS (addresses or ranges, with commas between).
LICET_PROXIES = os.environ.get("LICET_PROXIES", "127.0.0.1,::1" if _behind_tls else "").split(",")
LICET_REQUESTS_PER_ACCOUNT = 1200  # a minute
LICET_REQUESTS_PER_ADDRESS = 300  # a minute, of nobody signed in
LICET_DOCUMENT_BYTES = 25 * 1024 * 1024  # of one document
# What looks at documents before they are kept: a command that is given the file's path (0 = clean, 1 = infected), or clamd's
# socket (/run/clamd.sock, 127.0.0.1:3310). Without either they are kept and said not to be scanned.
LICET_SCAN_COMMAND = os.environ.get("LICET_SCAN_COMMAND", "")
LICET_CLAMD = os.environ.get("LICET_CLAMD", "")

# Networks whose requests for /metrics need no token (addresses or ranges, with commas between).
LICET_METRICS_FROM = os.environ.get("LICET_METRICS_FROM", "").split(",")

_as_json = os.environ.get("LICET_LOG", "") == "json"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "licet.settings.log_lines.Line",
            "format": "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s",
        },
        "json": {"()": "licet.settings.log_lines.JsonLine"},
    },
    "filters": {"one_line": {"()": "licet.settings.log_lines.OneLine"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "json" if _as_json else "line",
            "filters": ["one_line"],
        }
    },
    "loggers": {
        # A page that is not there, or not for this person, is no fault of the server.
        "django.request": {"level": "ERROR"},
        # One line for each request, for a log collector.
        "licet.request": {"level": "INFO" if _as_json else "WARNING"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}

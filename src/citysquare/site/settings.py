"""Django's settings: copied from `citysquare.config`, decided nowhere else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from citysquare import config as _config
from citysquare.site.database import database_settings as _database_settings

CITYSQUARE = _config.load()
"""The typed settings, for whoever needs one that Django does not know."""

SECRET_KEY = _config.secret_key(CITYSQUARE)
DEBUG = CITYSQUARE.debug
ALLOWED_HOSTS = list(CITYSQUARE.allowed_hosts)
CSRF_TRUSTED_ORIGINS = [CITYSQUARE.base_url] if CITYSQUARE.https and CITYSQUARE.public_url else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "citysquare.platform.apps.PlatformConfig",
    "citysquare.apps.accounts.apps.AccountsConfig",
    "citysquare.apps.spaces.apps.SpacesConfig",
    "citysquare.apps.devices.apps.DevicesConfig",
    "citysquare.apps.footage.apps.FootageConfig",
    "citysquare.apps.observations.apps.ObservationsConfig",
    "citysquare.site.apps.SiteConfig",
]

MIDDLEWARE = [
    "citysquare.site.requests.RequestMiddleware",
    "citysquare.site.system.metrics.RequestMetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "citysquare.platform.middleware.ContentSecurityPolicyMiddleware",
    "citysquare.platform.middleware.NulMiddleware",
    "citysquare.platform.middleware.BorderMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "citysquare.apps.accounts.chosen_organisation.ChosenOrganisationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "citysquare.apps.accounts.middleware.SittingMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "citysquare.platform.pace.PaceMiddleware",
    "citysquare.platform.bodies.BodyLimitMiddleware",
    "citysquare.platform.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "citysquare.site.urls"
ASGI_APPLICATION = "citysquare.site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "citysquare.platform.context.page",
            ],
        },
    },
]

DATABASES = {"default": _database_settings(CITYSQUARE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["sign_in_name", "display_name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "citysquare.apps.accounts.passwords.OwnWordsValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
# A browser takes a cookie of such a name over HTTPS only, for this host alone and from nobody but this host (RFC 6265bis).
COOKIE_PREFIX = "__Host-" if CITYSQUARE.https else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}citysquare_session"
SESSION_COOKIE_AGE = int(timedelta(hours=CITYSQUARE.session_hours).total_seconds())
SESSION_COOKIE_SECURE = CITYSQUARE.https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}citysquare_csrf"
CSRF_COOKIE_SECURE = CITYSQUARE.https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "citysquare.platform.pages.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}citysquare_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = CITYSQUARE.https
LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if CITYSQUARE.hsts else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = CITYSQUARE.hsts
SECURE_SSL_REDIRECT = False  # a reverse proxy redirects; our own port speaks one of the two only
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CITYSQUARE.behind_proxy else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 2

LANGUAGE_NAMES = {"en": "English", "bg": "Български", "uk": "Українська", "ro": "Română"}
LANGUAGES = [(code, LANGUAGE_NAMES[code]) for code in CITYSQUARE.languages]
LANGUAGE_CODE = CITYSQUARE.languages[0]
USE_I18N = True
LOCALE_PATHS = [Path(_config.__file__).parents[1] / "locale"]
USE_TZ = True
TIME_ZONE = CITYSQUARE.time_zone

STATIC_URL = "/static/"
# Collected files carry their hash in their name and are cached for ever; without a collection they are served as they lie.
COLLECTION = CITYSQUARE.data_dir / "static"
COLLECTED = (COLLECTION / "staticfiles.json").is_file() and not DEBUG
STATIC_ROOT = COLLECTION if COLLECTED else None
COLLECTING_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": COLLECTING_STORAGE if COLLECTED else "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not COLLECTED
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MANIFEST_STRICT = False
WHITENOISE_ALLOW_ALL_ORIGINS = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": {"()": "citysquare.engine.logs.formatter", "name": CITYSQUARE.log_format}},
    "filters": {"request": {"()": "citysquare.site.requests.RequestFilter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["request"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # A refusal is an answer; only faults of our own are reported as such.
        "django.request": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}

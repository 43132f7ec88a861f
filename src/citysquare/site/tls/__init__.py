"""HTTPS of the web server itself: with a certificate of our own making, or with the city's.

`prepare` sees at the start that there is a good one; `Serving` holds the TLS context of the running web server and takes a renewed
certificate in without a restart. Browsers get TLS 1.2 or newer.
"""

from citysquare.site.tls.certificate import Certificate, CertificateError, fingerprint
from citysquare.site.tls.serving import Serving, current, prepare

__all__ = ["Certificate", "CertificateError", "Serving", "current", "fingerprint", "prepare"]

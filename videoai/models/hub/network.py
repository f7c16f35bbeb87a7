"""What a network puts between this machine and the hub, a proxy or certificates of its own, and what to say of it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from videoai.errors import DownloadFailed
from videoai.language import say
from videoai.system.reasons import reason

PORTS = {"http": 80, "https": 443}

_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""The variables that name the certificates to trust, as other programs read them; the first that is set counts."""

_PROXIES = ("https_proxy", "http_proxy", "all_proxy")

_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
_NO_CERTIFICATES = ("[X509", "CERTIFICATE_OR_CRL_FOUND", "CA certificate bundle")
_NO_SOCKS = "dependencies for SOCKS"
"""As OpenSSL and requests say it."""

_SET_OR_UNSET = say("Set it to the file with your network's certificates, or unset it.")


def certificates() -> str | bool:
    """The file or folder of certificates to trust; True for those that come with this program.

    Raises DownloadFailed if a variable names one that cannot be read.
    """
    variable, file = _named()
    if not variable:
        return True
    try:
        if not Path(file).is_dir():
            Path(file).open("rb").close()
    except (OSError, ValueError) as error:
        why = reason(error)
        raise DownloadFailed(
            say("{variable} names {file}, which cannot be read: {why}.", variable=variable, file=file, why=why),
            _SET_OR_UNSET,
        ) from error
    return file


def certificate_trouble(error: str, host: str) -> DownloadFailed | None:
    """What to say of a connection that failed with `error`, if that is about certificates."""
    variable, file = _named()
    useless = any(part in error for part in _NO_CERTIFICATES)
    if useless and variable:
        return DownloadFailed(
            say("{variable} names {file}, which contains no certificates.", variable=variable, file=file), _SET_OR_UNSET
        )
    if not useless and _UNTRUSTED not in error:
        return None
    return DownloadFailed(
        say("The connection to {host} is not secure: this computer does not trust its certificate.", host=host),
        say(
            "If a company network or a virus scanner opens encrypted connections, its certificate must "
            "be in {file}, which {variable} names. Otherwise check this computer's date and time.",
            file=file,
            variable=variable,
        )
        if variable
        else say(
            "If a company network or a virus scanner opens encrypted connections, set REQUESTS_CA_BUNDLE "
            "to the file with its certificate. Otherwise check this computer's date and time."
        ),
    )


_NOT_REACHED = ("Connection refused", "timed out", "Failed to resolve", "No route to host", "unreachable")
"""Of what urllib3 says when the proxy itself does not answer."""


def proxy_trouble(proxy: str | None, error: str = "") -> DownloadFailed:
    """What to say if a proxy is at fault."""
    host = host_of(proxy if "://" in proxy else f"http://{proxy}") if proxy else ""
    variable = next((name for name in os.environ if name.lower() in _PROXIES and os.environ[name] == proxy), None)
    where, without = variable or say("the system settings"), say("Set NO_PROXY=* to bypass it.")
    if _NO_SOCKS in error:
        return DownloadFailed(
            say(
                "The proxy {host} in {where} uses SOCKS, and the package for it is not installed.",
                host=host,
                where=where,
            ),
            say("Install it: pip install PySocks. {without}", without=without),
        )
    if any(sign in error for sign in _NOT_REACHED):
        return DownloadFailed(
            say("The proxy {host} cannot be reached.", host=host or say("in the settings")),
            say(
                "Check that it is running and that its address in {where} is right. {without}",
                where=where,
                without=without,
            ),
        )
    return DownloadFailed(
        say("The proxy {host} does not let VideoAi reach the hub.", host=host or say("in the settings")),
        say(
            "Check it in {where}: its address, and whether it needs a user name and a password. {without}",
            where=where,
            without=without,
        ),
    )


def host_of(url: str) -> str:
    """The host, and the port if it is unusual: never a name, a password or a signature, which a URL can hold."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    return (parts.hostname or "") + (f":{port}" if port and port != PORTS.get(parts.scheme) else "")


def _named() -> tuple[str, str]:
    """Which variable names the certificates, and what it names; two empty texts if none does."""
    return next(((name, os.environ[name]) for name in _CERTIFICATES if os.environ.get(name)), ("", ""))

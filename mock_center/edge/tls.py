"""The certificate that the edge shows: the good one, or the one that nobody renewed in time."""

import ssl
from collections.abc import Mapping

from mock_center import log
from mock_center.conditions import Conditions
from mock_center.faults.kinds.api import CERTIFICATE_EXPIRY


def tls_of(files: Mapping[str, str] | None, conditions: Conditions) -> ssl.SSLContext | None:
    """Return what the edge shows to who connects, by *files*; None without any.

    While *conditions* ask for it, new connections are shown the expired certificate; those that are
    open go on, as everywhere.
    """
    if files is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)

    def show() -> None:
        which = "certificate" if conditions.asked(CERTIFICATE_EXPIRY) is None else "expired"
        context.load_cert_chain(files[which], files["key"])
        log.info("certificate", which=which)

    show()
    conditions.when_changed(show)
    return context

"""An exchange in an S3-compatible object store that knows conditional creation (`If-None-Match: *`).

An object is there as a whole or not at all, and one that is there is not replaced: the store refuses.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore import exceptions
from obstore.store import S3Store

from fedcli.errors import fault
from fedcli.exchange.address import Address, check_endpoint
from fedcli.exchange.carrier import PATIENCE, VISIT, Held
from fedcli.model.home import S3File, Secrets

if TYPE_CHECKING:
    from obstore.store import S3Credential

_SECONDS = f"{PATIENCE}s"


class ObjectStore:
    """Carries files to and from the objects below a prefix of a bucket."""

    def __init__(self, at: Address, reached: S3File, known: Secrets) -> None:
        """Nothing is asked of the store before the first file.

        What the library would read from the environment is given here, so that it decides nothing.

        Raises:
            InvalidFile: X-URL where the way would not be encrypted.
        """
        check_endpoint(reached.endpoint, reached.plain_http)

        def credentials() -> S3Credential:
            return {
                "access_key_id": known.access_key_id,
                "secret_access_key": known.secret_access_key,
                "token": known.session_token,
                "expires_at": None,
            }

        self._at = at
        self._known = False  # that the store refuses to replace
        self._until = time.monotonic() + VISIT
        self._store = S3Store(
            at.host,
            prefix=at.path.lstrip("/") or None,
            endpoint=reached.endpoint,
            region=reached.region,
            virtual_hosted_style_request=False,
            conditional_put="etag",
            skip_signature=False,
            credential_provider=credentials,
            client_options={
                "allow_http": reached.endpoint.startswith("http://"),
                "allow_invalid_certificates": False,
                "connect_timeout": _SECONDS,
                "timeout": _SECONDS,
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=PATIENCE)},
        )

    def folders(self) -> list[str]:
        """The first steps of all names."""
        with self._reached("the exchange"):
            prefixes = obstore.list_with_delimiter(self._store)["common_prefixes"]
        return [prefix.strip("/") for prefix in prefixes]

    def listed(self, participant: str) -> Iterator[tuple[str, Held]]:
        """The objects whose names begin with a participant's."""
        with self._reached(participant):
            for some in self._store.list(f"{participant}/"):
                self._check_time()
                for one in some:
                    yield one["path"], Held(one["size"], int(one["last_modified"].timestamp()))

    def read(self, name: str, limit: int) -> bytes | None:
        """An object's first bytes, one more than `limit` where it has more; None where there is none."""
        with self._reached(name):
            try:
                data = bytearray()
                for part in self._store.get(name).stream():
                    data += bytes(part)
                    self._check_time()
                    if len(data) > limit:
                        break
            except FileNotFoundError:
                return None
        return bytes(data[: limit + 1])

    def create(self, name: str, data: bytes) -> bool:
        """Put a whole object at a name that is not taken.

        A store that does not know the condition answers like one that does, and replaces what is there. So
        the first object of a visit is put once more, with the same bytes: that must be refused.

        Raises:
            Untrusted: X-REPLACES where it is not.
        """
        created = self._put(name, data)
        if created and not self._known:
            self._known = not self._put(name, data)
            if not self._known:
                raise fault("X-REPLACES", exchange=self._at.url)
        return created

    def _put(self, name: str, data: bytes) -> bool:
        with self._reached(name):
            try:
                self._store.put(name, data, mode="create", use_multipart=False)
            except exceptions.AlreadyExistsError:
                return False
            except exceptions.PermissionDeniedError:
                raise fault("X-FULL", exchange=self._at.url, name=name) from None
        return True

    def close(self) -> None:
        """Nothing is held."""

    def _check_time(self) -> None:
        if time.monotonic() > self._until:
            raise TimeoutError

    @contextmanager
    def _reached(self, name: str) -> Iterator[None]:
        """Whatever goes wrong on the way is an outage, and told without the words of the library."""
        try:
            yield
        except exceptions.InvalidPathError:
            raise fault("X-STRANGE", name=name, reason="it holds a name that no folder can have") from None
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
            raise fault("X-AUTH", exchange=self._at.url) from None
        except (exceptions.BaseError, OSError, TimeoutError):
            raise fault("X-DOWN", exchange=self._at.url) from None

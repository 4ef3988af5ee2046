"""A real S3 server that keeps its objects in memory: `python -m tests.exchange.s3_server [forgetful]`."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server


class Forgetful:
    """A store that does not know the condition, and says nothing of it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], answer: Any) -> Any:
        environ.pop("HTTP_IF_NONE_MATCH", None)
        return self._app(environ, answer)


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    store: Any = DomainDispatcherApplication(create_backend_app)
    if sys.argv[1:] == ["forgetful"]:
        store = Forgetful(store)
    server = make_server("127.0.0.1", 0, store, threaded=True)
    print(server.port, flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()

"""A request to stop that was lost on its way through a library is given again.

A signal's handler raises. Where Python code runs below a library's, as while a form is built, the library may
have no way to hand on what was raised; the interpreter then says that it ignored it, and goes on.
"""

from __future__ import annotations

import sys
import threading

from fedcli.errors.tree import Terminated

_SOON = 0.05


def given_again() -> None:
    """From now on what asked this process to stop, and was ignored, is raised once more a moment later."""
    usual, main = sys.unraisablehook, threading.main_thread().ident

    def lost(told: sys.UnraisableHookArgs) -> None:
        if told.exc_type not in (KeyboardInterrupt, Terminated):
            usual(told)
            return
        import ctypes  # which few processes need

        there = ctypes.c_ulong(main or 0), ctypes.py_object(told.exc_type)
        raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
        soon = threading.Timer(_SOON, raise_in, there)  # raised here it would be ignored again
        soon.daemon = True
        soon.start()

    sys.unraisablehook = lost

"""Threads and the loop that works in them."""

from __future__ import annotations

from .host import Host, Limits
from .listing import follow
from .refusals import Refused
from .store import StoreError
from .thread import Thread
from .threads import Threads

__all__ = ["Host", "Limits", "Refused", "StoreError", "Thread", "Threads", "follow"]

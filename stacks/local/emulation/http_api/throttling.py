"""How many requests a route takes: a token bucket, as AWS describes its own.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

from __future__ import annotations

import threading
from typing import Any, Final

# The account's quota in most regions.
ACCOUNT_RATE: Final = 10_000.0
ACCOUNT_BURST: Final = 5_000


class Bucket:
    """Holds `burst` requests and gains `rate` a second."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self.limits = (rate, burst)
        self._left, self._at = float(burst), now

    def take(self, now: float) -> bool:
        """Take one request; say whether there was one."""
        rate, burst = self.limits
        self._left = min(float(burst), self._left + max(0.0, now - self._at) * rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


_LOCK: Final = threading.Lock()


def admit(stage: Any, route_key: str, now: float) -> bool:
    """Say whether a route of moto's `stage` takes one more request at `now`.

    The bucket stands in the stage itself, which moto forgets when it is reset; other limits begin a new one.
    """
    settings: dict[str, Any] = {
        **(stage.default_route_settings or {}),
        **(stage.route_settings or {}).get(route_key, {}),
    }
    limits = (
        float(settings.get("throttlingRateLimit") or ACCOUNT_RATE),
        int(settings.get("throttlingBurstLimit") or ACCOUNT_BURST),
    )
    with _LOCK:
        buckets: dict[str, Bucket] = stage.__dict__.setdefault("_buckets", {})
        if route_key not in buckets or buckets[route_key].limits != limits:
            buckets[route_key] = Bucket(*limits, now)
        return buckets[route_key].take(now)

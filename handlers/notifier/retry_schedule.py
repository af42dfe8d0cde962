"""The retry schedule of webhooks: the backoff after each failed try.

To change the number of tries, change `delivery_limit` under `clip-it:webhooks` in Pulumi.<stack>.yaml (at
most 15: components/settings/service.py). To change the pauses, change the constants here, and with them
docs/api.md, tests/contracts/test_time_limits.py and tests/handlers/notifier/test_retry_schedule.py.
"""

FIRST_BACKOFF_SECONDS = 10
BACKOFF_FACTOR = 4
LONGEST_BACKOFF_SECONDS = 3600


def backoff_seconds(tries: int, chance: float) -> int:
    """The backoff after this many tries; `chance` from 0 to 1 spreads receivers that failed together."""
    full = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * float(BACKOFF_FACTOR) ** (min(tries, 10) - 1))
    return round(full * (0.75 + chance / 4))

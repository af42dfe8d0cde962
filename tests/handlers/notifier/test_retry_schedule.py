"""The backoff between two tries of a webhook."""

from handlers.notifier.retry_schedule import backoff_seconds


def test_pauses_grow_to_an_hour_and_are_spread_downwards() -> None:
    pauses = [backoff_seconds(tries, 1.0) for tries in (1, 2, 3, 4, 5, 6, 99)]
    assert pauses == [10, 40, 160, 640, 2560, 3600, 3600]
    assert backoff_seconds(3, 0.0) == 120

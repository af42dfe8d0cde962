"""What an instance keeps of linked files: only what is whole, and no more than fits."""

import os
from pathlib import Path

from handlers.render_agent.inputs.link_cache import LinkCache


def keep(cache: LinkCache, folder: Path, key: str, content: bytes) -> None:
    (folder / "file").write_bytes(content)
    cache.keep(key, folder / "file", '"tag"')


def cache_in(folder: Path, most_bytes: int = 100) -> LinkCache:
    return LinkCache(folder / "cache", most_bytes=most_bytes, least_free_share=0)


def test_a_file_is_kept_with_its_tag(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    keep(cache, tmp_path, "a", b"content")
    kept = cache.of("a")
    assert kept is not None
    assert (kept.path.read_bytes(), kept.etag, kept.size) == (b"content", '"tag"', 7)
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert cache.of("b") is None


def test_a_file_that_was_kept_in_part_is_none(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    keep(cache, tmp_path, "a", b"content")
    (tmp_path / "cache" / "a").write_bytes(b"cont")
    assert cache.of("a") is None
    (tmp_path / "cache" / "a.json").write_text("{")
    assert cache.of("a") is None


def test_the_file_that_was_used_the_longest_time_ago_makes_room(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, most_bytes=10)
    for place, key in enumerate("abc"):
        keep(cache, tmp_path, key, b"12345")
        os.utime(tmp_path / "cache" / key, (place, place)) if cache.of(key) else None
        if key == "b":
            assert cache.of("a") is not None
            os.utime(tmp_path / "cache" / "a", (9, 9))
    assert [key for key in "abc" if cache.of(key)] == ["a", "c"]


def test_what_does_not_fit_is_not_kept(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, most_bytes=4)
    keep(cache, tmp_path, "a", b"12345")
    assert cache.of("a") is None


def test_a_disk_that_renders_need_keeps_nothing(tmp_path: Path) -> None:
    cache = LinkCache(tmp_path / "cache", least_free_share=1)
    keep(cache, tmp_path, "a", b"12345")
    assert cache.of("a") is None

"""Canonical text, binary data, slugs."""

import pytest

from lambdas.core.text import canonical_text, is_binary_looking, slug


@pytest.mark.parametrize(
    ("raw", "read_as"),
    [
        ("deploy\r\n\tllama  3.1", "deploy llama 3.1"),
        ("\x1b[31mdeploy\x1b[0m", "deploy"),
        ("\x1b]8;;http://evil\x07deploy\x1b]8;;\x07", "deploy"),
        ("de\u200bploy\ufeff", "deploy"),
        ("\u202eyolped", "yolped"),
        ("dev" + "".join(chr(0xE0000 + ord(letter)) for letter in "prod"), "dev"),
        ("\uff44\uff45\uff50\uff4c\uff4f\uff59", "deploy"),
        ("don\u2019t", "don't"),
        ("staging\u2014not prod", "staging - not prod"),
        ("\u0440rod", "prod"),
        ("dev\x00elop", "dev elop"),
        ("M\u00fcller", "M\u00fcller"),
        ("\u041e\u043b\u044c\u0433\u0430", "\u041e\u043b\u044c\u0433\u0430"),
        ("NIM\u043e\u0432\u044b\u0439", "NIM\u043e\u0432\u044b\u0439"),
        ("\ud800x", "x"),
    ],
)
def test_canonical_text(raw: str, read_as: str) -> None:
    assert canonical_text(raw) == read_as


@pytest.mark.parametrize(
    "raw",
    [
        "\x89PNG\r\n\x1a\n\x00\x00\x00",
        "deploy\x00llama",
        b"\x7fELF\x02\x01\x01\x03\xff\xfe\xfa".decode("utf-8", "replace"),
        bytes(range(128, 160)).decode("latin-1"),
        "QUJD" * 60,
        "deadbeef" * 40,
    ],
)
def test_data_is_no_text(raw: str) -> None:
    assert is_binary_looking(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "deploy llama 3.1 8b",
        "\x1b[31mdeploy\x1b[0m",
        "line\r\nline\ttab",
        "提供聊天机器人",
        "🚀 deploy",
        "a " * 900,
    ],
)
def test_words_are_text(raw: str) -> None:
    assert not is_binary_looking(raw)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Customer Support Bot", "customer-support-bot"),
        ("  chatbot_x ", "chatbot-x"),
        ("M\u00fcller & Co.", "muller-co"),
        ("it's", "its"),
        ("提供", None),
        ("--", None),
        ("a" * 41, None),
    ],
)
def test_slug(text: str, written: str | None) -> None:
    assert slug(text) == written

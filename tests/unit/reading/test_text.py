"""Canonical text, binary data, slugs."""

import pytest

from lambdas.core.text import canonical_text, defused, disguised_letter, is_binary_looking, slug


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
        ("to \U0001f15f\U0001f181\U0001f15e\U0001f153", "to PROD"),
        ("to \u1d18\u0280\u1d0f\u1d05", "to PROD"),
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
        ("chatb\u043e\u0442-x", None),
        ("Stra\xdfe", None),
        ("chatbot \U0001f680", "chatbot"),
    ],
)
def test_slug(text: str, written: str | None) -> None:
    assert slug(text) == written


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://evil.example/approvals/x", "https[:]//evil[.]example/approvals/x"),
        ("www.evil.com, evil.co.uk", "www[.]evil[.]com, evil[.]co[.]uk"),
        ("mailto:a@evil.com", "mailto[:]a@evil[.]com"),
        ("http://2130706433/x 10.0.0.1/x", "http[:]//2130706433/x 10.0.0[.]1/x"),
        ("evil\u3002com x.\u0440\u0444", "evil[.]com x[.]\u0440\u0444"),
        ("ml.com ml.large.com", "ml[.]com ml[.]large[.]com"),
        ("</p><b>1 < 2</b>", "[<]/p>[<]b>1 < 2[<]/b>"),
        ("cdk.json.example", "cdk[.]json[.]example"),
        ("2 x ml.g5.12xlarge, ml.m5.large. cdk.json: 3.1.2", "2 x ml.g5.12xlarge, ml.m5.large. cdk.json: 3.1.2"),
        ("It costs $18.00. Then, e.g. this", "It costs $18.00. Then, e.g. this"),
        ("arn:aws:sts::123456789012:role/x", "arn:aws:sts::123456789012:role/x"),
    ],
)
def test_no_address_or_tag_in_a_text_is_left_whole(text: str, shown: str) -> None:
    assert defused(text) == shown
    assert defused(shown) == shown


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("to pr\u043ed", 5),
        ("caf\xe9 d\u0435v", 6),
        ("\u041e\u043b\u044c\u0433\u0430 \xb5s \u0394t", None),
        ("NIM\u043e\u0432\u044b\u0439", None),
    ],
)
def test_the_first_letter_that_plays_a_latin_one_is_found(text: str, where: int | None) -> None:
    assert disguised_letter(text) == where

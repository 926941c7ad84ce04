"""The inbox shows what was mailed, and nothing that a mail could do to its reader."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape
from werkzeug.test import Client, TestResponse

from stacks.local.inbox import Inbox, with_links


def inbox_with(*bodies: str) -> Inbox:
    inbox = Inbox()
    for number, body in enumerate(bodies, 1):
        inbox.deliver("arn:aws:sns:us-east-1:123456789012:ops", "a@example.com", f"Subject {number}", body)
    return inbox


def get(inbox: Inbox, path: str = "/", **headers: str) -> TestResponse:
    return Client(inbox.serve).get(path, headers=headers)


def test_the_page_shows_the_newest_mail_first() -> None:
    page = get(inbox_with("first body", "second body")).text
    assert page.index("Subject 2") < page.index("second body") < page.index("Subject 1") < page.index("first body")
    assert "a@example.com" in page


def test_an_empty_inbox_says_what_will_appear() -> None:
    assert "No mail yet" in get(Inbox()).text


def test_the_feed_has_the_same_as_json() -> None:
    (newest, _) = json.loads(get(inbox_with("one", "two"), Accept="application/json").text)
    assert newest["id"] == 2
    assert (newest["subject"], newest["to"], newest["body"]) == ("Subject 2", "a@example.com", "two")
    assert newest["received"].endswith("+00:00")


def test_a_browser_gets_the_page() -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert get(inbox_with("x"), Accept=accept).mimetype == "text/html"


def test_what_a_mail_says_is_text_even_if_it_looks_like_markup() -> None:
    inbox = Inbox()
    body = "<img src=x onerror=alert(1)> & <a href='javascript:x'>"
    inbox.deliver("arn", "<b>to</b>", "<script>alert(1)</script>", body)
    page = get(inbox).text
    for fragment in ("<script>", "<img", "<b>to", "javascript:x'>"):
        assert fragment not in page
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; " in page


def test_the_page_allows_no_script_and_its_own_style_alone() -> None:
    response = get(inbox_with("x"))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "<script" not in response.text
    assert "style=" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_fits_a_phone_and_the_dark() -> None:
    assert 'name="viewport"' in get(Inbox()).text
    assert "color-scheme: light dark" in Path("stacks/local/inbox.css").read_text()


def test_other_paths_and_methods_are_refused() -> None:
    assert get(Inbox(), "/x").status_code == 404
    assert Client(Inbox().serve).post("/").status_code == 405


def test_links_can_be_clicked() -> None:
    text = "See https://x.example/plan?id=1&y=2. (or http://127.0.0.1:1/a#b)"
    assert with_links(text) == (
        'See <a href="https://x.example/plan?id=1&amp;y=2" rel="noreferrer noopener">https://x.example/plan?id=1&amp;y=2'
        '</a>. (or <a href="http://127.0.0.1:1/a#b" rel="noreferrer noopener">http://127.0.0.1:1/a#b</a>)'
    )


@given(st.text(alphabet="htps:/.x<>\"'&?= \n", max_size=60))
def test_links_change_nothing_of_what_is_read(text: str) -> None:
    assert with_links(text).striptags() == Markup(escape(text)).striptags()
    assert "<" not in with_links(text).replace('<a href="', "").replace("</a>", "")

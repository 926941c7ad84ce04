"""The approval page as people use it: on a phone, light and dark, by keyboard alone, with JavaScript off."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.unit.guardrails.factory import a_plan, an_endpoint
from tests.web.world import BASE, World

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LEAD = "ml-platform-lead"
PHONE: Any = {"width": 360, "height": 740}
CHROMIUM = os.environ.get("AGENTOPS_BROWSER") or shutil.which("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def updated(world: World) -> World:
    """A page with everything on it: an update of a live endpoint, with unchanged fields and evidence."""
    world.plan = a_plan("prod", instance_count=2)
    world.sagemaker.live = an_endpoint(world.plan, config_name="chatbot-x-prod-0badcafe")
    world.record(needed=2)
    world.ask()
    return world


def opened(browser: Browser, world: World, secret: str, scheme: Any = "light", *, scripts: bool = False) -> Page:
    """Open a link on a phone; calls go to the handler, and to nowhere else."""
    context = browser.new_context(
        viewport=PHONE, color_scheme=scheme, java_script_enabled=scripts, bypass_csp=scripts, locale="en"
    )
    page = context.new_page()

    def serve(route: Route) -> None:
        request = route.request
        assert request.url.startswith(BASE), f"the page asked for {request.url}"
        given = world.call(
            request.url.rpartition("/")[2], request.method, request.post_data or "", headers=request.all_headers()
        )
        route.fulfill(status=given.status, headers=given.headers, body=given.text)

    page.route("**/*", serve)
    page.goto(f"{BASE}/approvals/{secret}")
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("choice", ["approve", "decline"])
def test_everybody_can_read_it_on_a_phone(browser: Browser, updated: World, scheme: str, choice: Any) -> None:
    page = opened(browser, updated, updated.link(LEAD, choice), scheme, scripts=True)
    found = Axe().run(page)
    assert [(it["id"], it["nodes"][0]["html"]) for it in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if folder := os.environ.get("AGENTOPS_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{choice}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_was_wrong_can_be_read_too(browser: Browser, updated: World, scheme: str) -> None:
    page = opened(browser, updated, updated.link(LEAD, "decline"), scheme, scripts=True)
    page.get_by_role("button").click()
    assert page.get_by_text("Say why.").is_visible()
    found = Axe().run(page)
    assert [(it["id"], it["nodes"][0]["html"]) for it in found["violations"]] == []
    if folder := os.environ.get("AGENTOPS_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/faults-{scheme}.png", full_page=True)


def test_a_keyboard_is_enough_and_no_script_is_needed(browser: Browser, updated: World) -> None:
    page = opened(browser, updated, updated.link(LEAD))
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.locator("textarea:focus").count():
            break
    page.keyboard.type("looks right")
    page.keyboard.press("Tab")
    page.keyboard.type(updated.code(LEAD))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your approval is recorded").wait_for()
    assert "vote.given" in updated.audited()


def test_the_page_has_its_style_under_its_own_policy(browser: Browser, updated: World) -> None:
    problems: list[str] = []
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.on("console", lambda message: problems.append(message.text))
    secret = updated.link(LEAD)
    page.route("**/*", lambda route: route.fulfill(**_reply(updated, secret)))
    page.goto(f"{BASE}/approvals/{secret}")
    assert page.locator("button").evaluate("it => getComputedStyle(it).minHeight") == "52px"
    assert problems == []


def _reply(world: World, secret: str) -> dict[str, Any]:
    given = world.call(secret)
    return {"status": given.status, "headers": given.headers, "body": given.text}

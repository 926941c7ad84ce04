"""`./agentops prices` against a Price List API on this machine."""

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.prices import app
from cli.terminal import CommandError
from stacks.policy_files import load_policy_files
from tests.unit.policies.test_price_list import item

pytestmark = pytest.mark.slow

Prices = dict[str, Decimal]


@pytest.fixture
def offered(folder: Path) -> Prices:
    """What AWS asks: at first what the file says."""
    return {name: Decimal(str(it.usd_per_hour)) for name, it in load_policy_files(folder).prices.instances.items()}


@pytest.fixture
def aws(offered: Prices, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Price List API that offers `offered`, and credentials for it."""

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert asked["ServiceCode"] == "AmazonSageMaker"
            answer = json.dumps({"PriceList": [item(name, str(usd)) for name, usd in offered.items()]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
            pass

    with HTTPServer(("127.0.0.1", 0), Api) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_PRICING", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
        yield
        server.shutdown()
        thread.join()


def run(*arguments: str, folder: Path) -> str:
    result = CliRunner().invoke(app, [*arguments, "--policies", str(folder)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.usefixtures("aws")
def test_refresh_writes_the_new_prices_and_says_what_moved(folder, offered):
    offered["ml.g5.xlarge"] = Decimal("1.5")
    told = run("refresh", "--region", "eu-west-1", folder=folder)
    assert "ml.g5.xlarge: $1.408 -> $1.50 (+6.5%)" in told
    prices = load_policy_files(folder).prices
    assert (prices.region, prices.as_of, prices.usd_per_hour("ml.g5.xlarge")) == ("eu-west-1", "2026-10-27", 1.5)


@pytest.mark.usefixtures("aws")
def test_a_doubtful_refresh_writes_nothing_until_it_is_accepted(folder, offered):
    before = (folder / "prices.yaml").read_text()
    offered["ml.m5.large"] = Decimal(5)
    del offered["ml.p5.48xlarge"]
    with pytest.raises(CommandError, match=r"2 types moved by more than 50 % or went \(ml.m5.large, ml.p5.48xlarge\)"):
        run("refresh", folder=folder)
    assert (folder / "prices.yaml").read_text() == before
    run("refresh", "--accept", folder=folder)
    prices = load_policy_files(folder).prices
    assert prices.usd_per_hour("ml.m5.large") == 5.0
    assert prices.usd_per_hour("ml.p5.48xlarge") is None
    assert "ml.p5.48xlarge" in prices.unpriced


@pytest.mark.usefixtures("aws")
def test_a_dry_run_prints_the_differences_as_json_and_writes_nothing(folder, offered):
    before = (folder / "prices.yaml").read_text()
    offered["ml.m5.large"] = Decimal(5)
    told = json.loads(run("refresh", "--dry-run", "--json", folder=folder))
    assert told["moved"] == {"ml.m5.large": {"old": 0.115, "new": 5.0}}
    assert told["suspicious"] == ["ml.m5.large"]
    assert (folder / "prices.yaml").read_text() == before


@pytest.mark.usefixtures("aws")
def test_prices_that_would_break_the_policies_are_not_written(folder, offered):
    before = (folder / "prices.yaml").read_text()
    for name in [name for name in offered if name.startswith("ml.g6e.")]:
        del offered[name]
    with pytest.raises(CommandError, match=r"nothing was written.*\n(guardrails.yaml:\d+: .*\n?)+"):
        run("refresh", "--accept", folder=folder)
    assert (folder / "prices.yaml").read_text() == before


def test_without_credentials_one_line_says_what_to_do(folder, monkeypatch):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(folder))
    with pytest.raises(CommandError, match="no AWS credentials; run `aws configure`"):
        run("refresh", folder=folder)


def test_show_tells_day_region_source_and_each_price(folder):
    told = run("show", folder=folder)
    assert "us-east-1 as of 2026-09-27" in told
    assert json.loads(run("show", "--json", folder=folder))["instances"]["ml.g5.12xlarge"]["usd_per_hour"] == 7.09


def test_wrong_policy_files_are_named_before_anything_is_asked(folder):
    (folder / "prices.yaml").write_text("as_of: 1\n")
    with pytest.raises(CommandError, match=r"prices.yaml:1: "):
        run("refresh", folder=folder)

"""Which CDK command lines fit, and which one ./agentops deploy takes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.cdk_cli import cdk_command, fits, refuse_unfit_cli
from cli.terminal import CommandError


@given(st.integers(0, 5), st.integers(0, 3000), st.integers(0, 50))
@example(2, 1147, 0)
@example(2, 1146, 9)
@example(3, 0, 0)
def test_what_fits_is_2_1147_0_up_to_3(major, minor, patch):
    assert fits(f"{major}.{minor}.{patch} (build 1a2b3c4)") == ((2, 1147, 0) <= (major, minor, patch) < (3, 0, 0))


@given(st.text())
def test_what_is_no_version_does_not_fit(text):
    assert fits(text) in (True, False)
    assert not fits("v" + text)


def test_a_bare_cdk_of_the_wrong_version_is_told_which_fits():
    with pytest.raises(CommandError, match=r"cdk 3\.0\.0; the project needs >= 2\.1147\.0 and < 3: run \./agentops"):
        refuse_unfit_cli({"CDK_CLI_VERSION": "3.0.0"})
    refuse_unfit_cli({"CDK_CLI_VERSION": "2.1148.1"})
    refuse_unfit_cli({})


def test_an_installed_cdk_that_fits_is_taken(on_path):
    cdk = on_path("cdk", "echo '2.1150.0 (build abc)'")
    assert cdk_command() == [str(cdk)]


@pytest.mark.parametrize("script", ["echo 3.0.0", "exit 127"])
def test_one_that_does_not_fit_or_run_gives_way_to_the_pinned_one(on_path, capsys, script):
    on_path("cdk", script)
    node, npx, *rest = cdk_command()
    assert rest == ["--yes", "aws-cdk@2.1148.1"]
    assert node.endswith("bin/node")
    assert npx.endswith("npx-cli.js")
    assert ("does not fit" in capsys.readouterr().err) == ("3.0.0" in script)

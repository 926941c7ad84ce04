"""./agentops synth: where the templates are, with a stand-in app."""

import pytest

from cli import synth
from cli.__main__ import main

APP = """
import os, pathlib
folder = pathlib.Path(os.environ["CDK_OUTDIR"]); folder.mkdir(exist_ok=True)
layers = os.environ.get("AGENTOPS_SYNTH_LAYERS", "1")
(folder / "A.template.json").write_text('{"Resources": {"One": {}, "Layers%s": {}}}' % layers)
"""


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(synth, "ROOT", tmp_path)
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def test_it_says_where_the_templates_are(app, monkeypatch, capsys):
    monkeypatch.chdir(app)
    assert main(["synth", "--output", "made"]) == 0
    assert capsys.readouterr().out.startswith("made/A.template.json  2 resources")
    assert "Layers1" in (app / "made" / "A.template.json").read_text()


def test_layers_can_be_left_out(app):
    assert main(["synth", "--no-layers", "--output", str(app / "made")]) == 0
    assert "Layers0" in (app / "made" / "A.template.json").read_text()


def test_an_app_that_fails_or_writes_nothing_fails(app, capsys):
    (app / "app.py").write_text("raise SystemExit('cdk.json:3: wrong')")
    assert main(["synth", "--output", str(app / "made")]) == 1
    assert "failed with exit code 1" in capsys.readouterr().err
    (app / "app.py").write_text("")
    assert main(["synth", "--output", str(app / "made")]) == 1
    assert "wrote no template" in capsys.readouterr().err

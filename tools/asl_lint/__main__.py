"""Lints the files named, or every statemachines/*.asl.json. Exits 1 on a finding, 2 where nothing could be read."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tools.asl_lint.linter import lint_file
from tools.asl_lint.settings import ROOT, SettingsError, load_settings


def main(arguments: list[str] | None = None) -> int:
    """Run the lint and print its findings, one a line or as a JSON array."""
    parser = argparse.ArgumentParser(prog="python -m tools.asl_lint", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print the findings as a JSON array")
    parser.add_argument("--code", type=Path, default=ROOT / "lambdas", help="the Python whose errors may be named")
    options = parser.parse_args(arguments)
    files: list[Path] = options.files or sorted((ROOT / "statemachines").glob("*.asl.json"))
    if not files:
        print("asl-lint: no *.asl.json in statemachines/; name a file", file=sys.stderr)
        return 2
    try:
        findings = [finding for file in files for finding in lint_file(file, load_settings(file, options.code))]
    except (OSError, SettingsError, SyntaxError, UnicodeError) as error:
        print(f"asl-lint: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        for finding in findings:
            print(finding)
        print(f"asl-lint: {len(files)} file(s), {len(findings)} finding(s)")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

"""What a new process pays before it has asked for anything."""

from __future__ import annotations

import json
import subprocess
import sys


def test_import_leaves_out_what_only_compiling_needs():
    # Most processes find their derivatives in the store: starting compilers and reading their messages is not for them.
    code = "import json, sys, zymogen; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(json.loads(done.stdout))
    needed_to_compile = {"stages", "process", "diagnostics", "enzyme_messages", "install"}
    assert not {f"zymogen.toolchain.{name}" for name in needed_to_compile} & loaded
    assert not {"platformdirs", "rich", "typer"} & loaded

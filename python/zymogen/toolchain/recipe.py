"""All that is done to every source, as words of which keys are made."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from zymogen.toolchain import (
    alignment,
    intrinsics,
    kept_caches,
    outliving,
    overwriting,
    pointer_loops,
    pointer_steps,
    row_memory,
    rules,
    throwing,
    vector_loops,
    vector_math,
)
from zymogen.toolchain.commands import (
    back_end_command,
    front_end_command,
    optimise_command,
    plain_command,
    vector_math_command,
)
from zymogen.toolchain.enzyme import DriverEnzyme
from zymogen.toolchain.linking import link_command
from zymogen.toolchain.tools import Options, Toolchain


@cache
def recipe() -> tuple[str, ...]:
    """All that is done to every source whatever the user's options; part of every key of the cache."""
    tools = Toolchain(("clang",), (), ("ld.lld",), (), DriverEnzyme(Path("enzyme")), "")
    source, result = Path("source"), Path("result")
    passes = (
        intrinsics,
        row_memory,
        kept_caches,
        alignment,
        overwriting,
        outliving,
        pointer_loops,
        pointer_steps,
        rules,
        throwing,
        vector_loops,
        vector_math,
    )
    versions = [module.VERSION for module in passes]
    words = [f"text {'.'.join(map(str, versions))}"]
    for options in (Options(), Options(math="fast")):
        words += front_end_command(tools, options, source, result, Path("dependencies"))
        words += front_end_command(tools, options, source, result, Path("dependencies"), blocks=True)
        words += plain_command(tools, options, source, result, Path("dependencies"), order=1)
        words += optimise_command(tools, options, source, result)
        words += tools.enzyme.command(source, result, Path("scratch"), fast_math=options.math == "fast").line
        words += vector_math_command(tools, Path("include"), source, result)
        words += back_end_command(tools, options, source, result)
        words += back_end_command(tools, options, source, result, blocks=True)
        words += link_command(tools, options, [source], result)
    return tuple(words)

r"""How a listing writes names, of values, of variables and functions, of types and of blocks.

What is not a plain word stands in quotation marks; LLVM writes those that are part of a name as `\22`, and a line's end
as `\0A`.
"""

from __future__ import annotations

import re

NAME = r'(?:"[^"\n]*"|[-\w.$]+)'
"""A name without the `%`, `@` or `$` before it, as a regular expression."""
SUCCESSOR = re.compile(rf"\blabel %({NAME})")
"""The block to which an instruction at the end of another one goes."""

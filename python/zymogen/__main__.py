"""`python -m zymogen` is the command `zymogen`, of the interpreter that it is called with."""

from zymogen.cli import main

main()

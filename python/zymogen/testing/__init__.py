"""Checks for the tests of those who use zymogen."""

from zymogen.testing.inactivity import assert_inactive

__all__ = ["assert_inactive"]

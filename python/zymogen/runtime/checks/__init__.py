"""Derivatives compared with differences of what they are derivatives of: at their first use, and in tests."""

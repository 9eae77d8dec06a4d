"""Whether there are customers enough for the number of variables that segments were sought by."""

from typing import Any

GOOD = 100.0
"""Customers per variable from which more add little (Dolnicar and others 2016); 60 to 70 are the least (2014)."""


def sample_gate(customers: int, variables: int, least: float, noun: str) -> dict[str, Any]:
    """The key `gate` of personas.json: customers, variables, customers per variable, and what that means.

    `noun`: what the customers are called.

    >>> sample_gate(5000, 50, 60, "customers")["status"]
    'good'
    >>> sample_gate(500, 50, 60, "customers")["status"]
    'too few'
    """
    per = customers / variables if variables else None
    status = "no variables" if per is None else "good" if per >= GOOD else "enough" if per >= least else "too few"
    words = {
        "no variables": "No variables to segment by.",
        "good": f"At least {GOOD:g} {noun} stand behind each variable.",
        "enough": f"At least {least:g} {noun} stand behind each variable; {GOOD:g} are better.",
        "too few": f"Fewer than {least:g} {noun} stand behind each variable: use fewer variables, or more {noun}.",
    }
    return {
        "customers": customers,
        "variables": variables,
        "per_variable": per,
        "least": least,
        "status": status,
        "text": words[status],
    }

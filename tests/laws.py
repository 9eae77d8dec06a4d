"""Laws of the field, as helpers that any test may call."""

"""A seeded maker of one fictitious company's raw exports, with the planted truth."""

"""Stage report: tables become one content dictionary, figures and static pages."""

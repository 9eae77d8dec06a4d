"""Files that stage `report` writes to `reports/`: `index.html`, further pages, `figures/` and `content.json`."""

CONTENT_FILE = "content.json"
"""Everything a page shows, as data: built and tested before any page is rendered."""
INDEX_FILE = "index.html"

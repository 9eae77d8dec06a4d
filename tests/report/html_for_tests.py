"""What a test wants to know of a page, read with the standard library's parser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

CELLS = {"td", "th", "dt", "dd", "li", "p", "text"}
VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class Page(HTMLParser):
    """Ids, links and headings in order of appearance, tags that were never closed, all text."""

    ids: list = field(default_factory=list)
    links: list = field(default_factory=list)
    headings: list = field(default_factory=list)
    open_tags: list = field(default_factory=list)
    misplaced: list = field(default_factory=list)
    tags: list = field(default_factory=list)
    text: str = ""

    def __post_init__(self):
        super().__init__(convert_charrefs=True)

    def __hash__(self):
        return id(self)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[name] for name in ("href", "src", "xlink:href") if found.get(name)]
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(int(tag[1]))
        if tag in CELLS:
            self.text += " "
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open_tags.pop()

    def handle_endtag(self, tag):
        if self.open_tags and self.open_tags[-1] == tag:
            self.open_tags.pop()
        else:
            self.misplaced.append(tag)

    def handle_data(self, data):
        if not {"style", "title", "desc"} & set(self.open_tags[-1:]):
            self.text += data


def read_page(path):
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    return page

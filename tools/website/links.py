"""Does every link of a built website lead somewhere, and does no page load anything from another server?"""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src")}
FREE = {"canonical", "next", "prev", "index", "search", "license"}  # <link rel=…> that loads nothing


class Page(HTMLParser):
    """The anchors of a page, and the (tag, address) of all that it links to or loads."""

    def __init__(self, text: str):
        super().__init__()
        self.anchors, self.links, self.loads = {"", "top"}, [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        for name in ("href", "src"):
            if address := values.get(name):
                self.links.append(address)
                if (tag, name) in LOADS and values.get("rel") not in FREE:
                    self.loads.append(address)


def problems(site: Path) -> list[str]:
    """One sentence for each link that leads nowhere and each thing loaded from elsewhere."""
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        for address in page.loads:
            if urlsplit(address).netloc:
                found.append(f"{name} loads {address} from another server")
        for address in page.links:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target = target / "index.html"
            anchor = unquote(parts.fragment)
            if not target.exists() or not target.is_relative_to(site.resolve()):
                found.append(f"{name}: the link {address} leads nowhere")
            elif target in pages and anchor not in pages[target].anchors:
                found.append(f"{name}: {address} names an anchor that the page does not have")
    return found

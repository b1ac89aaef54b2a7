"""The text of a page as a mail program shows it, read in bounded time and memory."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

# --------------------------------------------------------------------------------- made safe to parse

PAGE_LIMIT = 300_000  # characters of a page that are parsed, and
TAG_LIMIT = 5_000  # signs "<" in them: mail programs cut pages above 100 kB, which hold some 3,000
TAGS = re.compile(r"<[^<>]*>")
PICTURE = re.compile(r"data:[\w.+-]{1,50}/[\w.+-]{1,50};base64,[\w+/=]+")
# A browser opens again in each paragraph what was left open, with its attributes: 33 kB of it made two
# million elements. What shapes text therefore hands its attributes to an element within, which stays closed:
# <font color=red> becomes <font><x-font color=red>.
SHAPE = re.compile(r"<(a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/])", re.IGNORECASE)
# Second ones of these would add their attributes to the first; frames would swallow the text. They become
# <x-body> and so on, and whoever writes <x-body> has written <x-x-body>.
WHOLE = re.compile(r"<(?=(?:html|body|frameset|noframes)[\s/>]|x-)", re.IGNORECASE)
END = "\"'>"  # ends a tag, within quotes or not
BREAK = re.compile(r"""\s|["']|(?<!<)/""")  # where an attribute may begin


def parse(page: str, characters: int, tags: int) -> tuple[LexborHTMLParser, str]:
    """The tree of a page's beginning, and the text of the rest without its tags."""
    if "base64" in page:
        page = PICTURE.sub("data:", page)
    if page.count("<", 0, characters) > tags:
        characters = [found.start() for found in re.finditer("<", page[:characters])][tags]
    start, rest = few_attributes(page[:characters]), page[characters:]
    start = SHAPE.sub(r"<\1><x-\1", WHOLE.sub("<x-", start))
    return LexborHTMLParser(start), TAGS.sub(" ", rest)


def few_attributes(page: str) -> str:
    """The page with every tag ended within 2,000 characters: the parser's time grows with the square of the
    attributes of one tag.

    The signs put in end a tag in whichever quotes it is; what they do to text and styles is undone there.
    """
    pieces, start = [], 0
    while found := BREAK.search(page, start + 1000):
        end = max(found.end(), page.find("<", found.end(), found.end() + 1000))
        pieces.append(page[start:end])
        start = end
    return END.join([*pieces, page[start:]])


# ------------------------------------------------------------------------------- what can be seen of it

UNSHOWN = {"iframe", "noembed", "script", "style", "template", "title", "-comment"}
LINES = "address article aside blockquote br caption center dd div dl dt fieldset figure footer form h1 h2 h3"
LINES += " h4 h5 h6 header hr li main nav ol option p pre section table td th tr ul"
LINES = set(LINES.split())
Colour = tuple[int, int, int] | str  # red, green and blue up to 255, or what was written and is not followed
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
CONTRAST = 25  # of 255: where no part of the colour differs by more, nobody reads


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What an element hands down to its text."""

    gone: bool = False  # for good: nothing within can be seen
    unseen: bool = False
    tiny: bool = False
    letters: Colour = BLACK
    background: Colour = WHITE

    def shows(self) -> bool:
        """Whether text of this look can be read."""
        alike = False
        if isinstance(self.letters, tuple) and isinstance(self.background, tuple):
            apart = [abs(a - b) for a, b in zip(self.letters, self.background, strict=True)]
            alike = max(apart) < CONTRAST
        return not (self.gone or self.unseen or self.tiny or alike)


def page_text(page: str, characters: int = PAGE_LIMIT, tags: int = TAG_LIMIT) -> str:
    """The text that can be seen of an HTML page, with the word URL for each link; never an error."""
    tree, rest = parse(page, characters, tags)
    sheet = Sheet(tree, page)
    looks: dict = {}  # most elements of a page look like others
    found: list[str] = []
    todo: list = [(tree.root, Look(), True)]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            found.append(item)
            continue
        node, look, shown = item
        if node is None:
            continue
        todo.append((node.next, look, shown))
        tag = node.tag or ""
        if tag == "-text":
            if shown:
                found.append(node.text_content or "")
            continue
        if tag in UNSHOWN:
            continue
        attributes = node.attributes
        if (attributes or sheet.rules or tag == "table") and (styles := sheet.styles(tag, attributes)):
            key = (look, *styles.items())
            if key not in looks:
                inner = changed(look, styles)
                looks[key] = inner, inner.shows()
            look, shown = looks[key]
        if shown and tag in ("x-a", "area") and is_link(attributes.get("href") or ""):
            found.append(" URL ")
        if shown and tag == "img":  # shown in the place of a picture that is not loaded
            found.append(f" {attributes.get('alt') or ''} ")
        if tag in LINES:
            found.append("\n")
            todo.append("\n")
        todo.append((node.child, look, shown))
    return "".join(found).replace(END, "") + rest


def is_link(address: str) -> bool:
    """Whether an address leads out of the mail; the course's data have URL in the place of one."""
    return "://" in address or address.strip() == "URL"


class Sheet:
    """What is declared for the elements of a page: by old-fashioned attributes, style sheets and themselves.

    Of style sheets the rules for one tag, class or id are followed. What any other rule might undo (for other
    elements, for other screens), or two rules say differently, is not followed: nothing is called hidden
    that might be seen.
    """

    def __init__(self, tree: LexborHTMLParser, page: str):
        self.rules: dict[str, dict[str, str]] = {}
        self.unsure: set[str] = set()  # properties that are not followed,
        self.unsure_rules: set[str] = set()  # and those that are not where they come from a style sheet
        for style in tree.css("style") if STYLE.search(page) else ():
            css = style.text(deep=True).replace(END, "").strip().removeprefix("<!--").removesuffix("-->")
            self.read(without_strings(css), int(style.attributes not in ({}, {"type": "text/css"})))
        if self.unsure & COLOURS:
            self.unsure |= COLOURS

    def read(self, css: str, depth: int) -> None:
        """Note the rules of one style sheet; those at a depth above 0 are for some screens only."""
        if STRANGE.search(css) or css.count("}") > 2000 or css.count(",") > 5000:
            self.unsure |= FOLLOWED
            return
        for rule in css.split("}"):
            opened = rule.count("{")
            selectors, _, text = rule.rpartition("{")
            found = declarations(text)
            for selector in map(str.strip, selectors.split(",")):
                if depth == 0 and opened == 1 and SIMPLE.fullmatch(selector):
                    agree(self.rules.setdefault(selector, {}), found)
                else:
                    self.unsure_rules |= found.keys()
                    self.unsure |= {n for n, v in found.items() if n not in NOT_INHERITED or "important" in v}
            depth = max(depth + opened - 1, 0)

    def styles(self, tag: str, attributes: dict[str, str | None]) -> dict[str, str]:
        """Properties and values of an element, without those that are not followed."""
        if not self.rules and not DECLARING & attributes.keys() and tag != "table":
            return {}
        old = [(name, *OLD[name]) for name in attributes if name in OLD]
        found = {new: attributes[name] or "" for name, tags, new in old if tag in tags}
        if tag == "x-a" and "href" in attributes:
            found["color"] = "that of links"
        if "hidden" in attributes:
            found["display"] = "none"
        if tag == "table":  # many programs start its text afresh
            found |= {"color": "that of the page", "font-size": "medium"}
        if self.rules:
            classes, own_id = attributes.get("class") or "", attributes.get("id") or ""
            small = (classes + own_id).islower()  # programs differ on ".x" for class="X"
            names = [f".{name}" for name in classes.lower().split()[:20]]
            tag = tag.removeprefix("x-")
            for name in [tag, *names, *(tag + name for name in names), f"#{own_id.lower()}"]:
                rule = {n: v for n, v in self.rules.get(name, {}).items() if n not in self.unsure_rules}
                agree(found, rule if small or name == tag else dict.fromkeys(rule, ""))
        if own := without_strings(attributes.get("style") or ""):
            if STRANGE.search(own):
                return dict.fromkeys(FOLLOWED, "")
            important = {name: value for name, value in found.items() if "important" in value}
            found |= declarations(own)
            agree(found, important)
        return {name: value for name, value in found.items() if name not in self.unsure}


BOXES = {"x-body", "table", "thead", "tbody", "tfoot", "tr", "td", "th"}
OLD = {  # attributes that declare something, of which elements, and which property
    **{"color": ({"x-font"}, "color"), "text": ({"x-body"}, "color")},
    **{"bgcolor": (BOXES, "background-color"), "background": (BOXES, "background")},
}
DECLARING = {"style", "hidden", "href", *OLD}
STYLE = re.compile("<style", re.IGNORECASE)
COLOURS = {"color", "background", "background-color"}
NOT_INHERITED = {"display", "opacity"}
FOLLOWED = COLOURS | NOT_INHERITED | {"visibility", "font", "font-size"}
RECOLOURING = ("background-", "text-shadow", "-webkit-", "filter", "mix-", "box-shadow")
SIMPLE = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z0-9_-]+)?|[.#][a-z0-9_-]+")
STRINGS = re.compile(r"""/\*.*?\*/|"[^"\n]*"|'[^'\n]*'""", re.DOTALL)  # and comments
STRANGE = re.compile(r"""[\\"'\[\]]|\([^()]*[;{}]""")  # what is left to a real parser of style sheets


def without_strings(css: str) -> str:
    """A style sheet, or a piece of one, without its comments and strings."""
    return STRINGS.sub(" ", css + "*/").removesuffix("*/") if css else ""


def declarations(text: str) -> dict[str, str]:
    """The properties that are followed, and their values; of those given twice and differently none."""
    found: dict[str, str] = {}
    for piece in text.lower().split(";"):
        name, _, value = piece.partition(":")
        if (name := name.strip()) in FOLLOWED:
            agree(found, {name: value.strip()})
        elif name.startswith(RECOLOURING):
            agree(found, {"background": "other"})
    return found


def agree(found: dict[str, str], more: dict[str, str]) -> None:
    """Add values to others; what is there with another value becomes "", which says nothing."""
    for name, value in more.items():
        found[name] = value if found.get(name, value) == value else ""


SIZE = re.compile(r"(?:(\d{0,4}\.?\d{1,4})(px|pt|em|rem|%)|0)")
READABLE = {"px": 1.5, "pt": 1.5, "em": 0.1, "rem": 0.1, "%": 10}  # letters larger than this


def changed(look: Look, styles: dict[str, str]) -> Look:
    """The look within an element, from that around it and the element's styles."""
    given = {name: value.replace("!important", "").strip() for name, value in styles.items()}
    gone = given.get("display") == "none" or re.fullmatch(r"0*\.?0+%?", given.get("opacity", "1"))
    unseen, tiny, letters, background = look.unseen, look.tiny, look.letters, look.background
    if "visibility" in given:
        unseen = given["visibility"] in ("hidden", "collapse")
    if "font-size" in given or "font" in given:
        size = None if "font" in given else SIZE.fullmatch(given["font-size"])
        tiny = size is not None and float(size[1] or 0) <= READABLE[size[2] or "px"]
        tiny = tiny or (size is not None and size[2] in ("em", "%") and look.tiny)
    if "background" in given or "background-color" in given:
        values = {given[name] for name in ("background", "background-color") if name in given}
        background = colour(values.pop(), background, background) if len(values) == 1 else "one of two"
    if "color" in given:
        letters = colour(given["color"], letters, background)
    return Look(look.gone or bool(gone), unseen, tiny, letters, background)


NAMED = {
    **{"white": "fff", "snow": "fff", "ivory": "fff", "azure": "fff", "whitesmoke": "fff", "seashell": "fff"},
    **{"ghostwhite": "fff", "floralwhite": "fff", "mintcream": "fff", "aliceblue": "fff", "black": "000"},
    **{"gray": "888", "grey": "888", "silver": "ccc", "red": "f00", "lime": "0f0", "blue": "00f"},
}
HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})")
RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(\d?\.\d{1,4}|\d)\s*)?\)")


def colour(text: str, inherited: Colour, behind: Colour) -> Colour:
    """The colour that a value names; what is transparent lets that behind through."""
    if text == "inherit":
        return inherited
    if text in ("transparent", "none"):
        return behind
    if found := RGB.fullmatch(text):
        opaque = float(found[4] or 1)
        whole = tuple(map(int, found.groups()[:3]))
        return whole if opaque == 1 else behind if opaque < 0.1 else text
    if found := HEX.fullmatch(NAMED.get(text, text)):
        digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
        return tuple(bytes.fromhex(digits))
    return text

"""The text of a page as a mail program shows it, read in bounded time and memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

# --------------------------------------------------------------------------------- made safe to parse

PAGE_LIMIT = 300_000  # characters of a page that are parsed, without comments and most attributes, and
TAG_LIMIT = 5_000  # tags and comments in it: mail programs cut pages above 100 kB, which hold some 3,000
REST_LIMIT = 200_000  # characters that are kept of the text behind that
TAGS = re.compile(r"<[^<>]*>")
# The signs of a page as browsers tell them apart: elements without tags within, tags, comments, a bare "<".
VALUE = r"""[B]*+=[B]*+("[^"]*+"?|'[^']*+'?|[^B>"'][^B>]*+)?+"""
PAIR = rf"([^B/>][^B/>=]*+)(?:{VALUE})?+".replace("B", r" \t\n\f\r")
INSIDE = r"((?:[ \t\n\f\r/]++|PAIR)*+)>?".replace("PAIR", PAIR.replace("([", "(?:[").replace('("', '(?:"'))
RAW = rf"<((?i:script|style|title|iframe|noembed|xmp|textarea))(?=[\s/>]){INSIDE}(.*?)(?=</(?i:\1)[\s/>]|\Z)"
TAG = rf"<(/?)([a-zA-Z][^ \t\n\f\r/>]*+){INSIDE}"
TOKEN = re.compile(rf"{RAW}|{TAG}|<!--(?:-?>|.*?(?:--!?>|\Z))|<[!?/][^>]*+>?|<", re.DOTALL)
PAIR = re.compile(PAIR)
KEPT = {"style", "class", "id", "hidden", "href", "color", "text", "bgcolor", "background", "alt"}
KEPT |= {"width", "height", "media", "title", "type"}
# A browser opens again in each paragraph what was left open, with its attributes: 33 kB of it made two
# million elements. What shapes text therefore hands its attributes to an element within, which stays closed:
# <font color=red> becomes <font><x-font color=red>.
SHAPE = "a b big code em font i nobr s small strike strong tt u"
SHAPE = set(SHAPE.split())
# Second ones of these would add their attributes to the first; frames would swallow the text; in drawings
# and formulas other rules hold. They become <x-body> and so on, and whoever writes <x-body> has written
# <x-x-body>.
WHOLE = "html body frameset noframes svg math xmp textarea"
WHOLE = set(WHOLE.split())


def parse(page: str, characters: int, tags: int) -> tuple[LexborHTMLParser, str]:
    """The tree of a page's beginning, and the text of the rest without its tags."""
    pieces, start, size = [], 0, 0
    for found in islice(TOKEN.finditer(page), tags):
        pieces += [page[start : found.start()], rewritten(found)]
        start = found.end()
        size += len(pieces[-1]) + len(pieces[-2])
        if size > characters:
            break
    end = page.find("<", start) if page.find("<", start) >= 0 else len(page)
    rest = " ".join(TOKEN.sub(" ", page[end:]).split())[:REST_LIMIT]
    return LexborHTMLParser("".join([*pieces, page[start:end]])), unescape(rest)


def rewritten(found: re.Match) -> str:
    """A sign of a page with nothing in it that is not needed, so that a parser cannot take it otherwise: its
    time grows with the square of the attributes of one tag."""
    raw, first, within, slash, name, second = found.groups()
    name = (raw or name or "").lower()
    if not name:
        return "&lt;" if found[0] == "<" else ""
    if name in WHOLE or name.startswith("x-"):
        name = f"x-{name}"
    if slash:
        return "" if name in ("x-html", "x-body") else f"</{name}>"
    kept: dict[str, str] = {}
    for key, value in islice(PAIR.findall(first or second or ""), 200):
        if key.lower() in KEPT:
            value = value[1:].removesuffix(value[0]) if value[:1] in ("'", '"') else value
            kept.setdefault(key.lower(), value.replace('"', "&quot;"))
    written = "".join(f' {key}="{value}"' for key, value in kept.items())
    if raw and not name.startswith("x-"):
        return f"<style{written}>{within}" if name == "style" else ""
    if written and name in SHAPE:
        name = f"{name}><x-{name}"
    return f"<{name}{written}>" + (within or "").replace("<", "&lt;")


# ------------------------------------------------------------------------------- what can be seen of it

UNSHOWN = {"datalist", "script", "style", "template", "-comment"}
LINES = "address article aside blockquote br caption center dd div dl dt fieldset figure footer form h1 h2 h3"
LINES += " h4 h5 h6 header hr li main nav ol option p pre section table td th tr ul"
LINES = set(LINES.split())
BLOCKS = LINES - {"br", "caption", "hr", "table", "td", "th", "tr"}
Colour = tuple[int, int, int] | str  # red, green and blue up to 255, or what was written and is not followed
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
CONTRAST = 32  # of 255: where no part of the colour differs by more, nobody reads


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What an element hands down to its text."""

    gone: bool = False  # for good: nothing within can be seen
    folded: bool = False  # in a box of no size, which only what has a position of its own leaves
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
        return not (self.gone or self.folded or self.unseen or self.tiny or alike)


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
        attributes, styles = node.attributes, {}
        if (attributes or sheet.rules or tag == "table") and (styles := sheet.styles(tag, attributes)):
            key = (look, *styles.items())
            if key not in looks:
                inner = changed(look, styles)
                looks[key] = inner, inner.shows()
            look, shown = looks[key]
        if shown and node.child and tag in ("x-a", "area") and is_link(attributes.get("href") or ""):
            found.append(" URL ")
        size = {attributes.get("width"), attributes.get("height")}
        if shown and tag == "img" and (alt := attributes.get("alt")) and not size <= {"0", "1"}:
            found.append(f" {alt} ")  # shown in the place of a picture that is not loaded
        if (
            tag in LINES
            and not (look.gone or look.folded)
            and styles.get("display") not in ("inline", "contents")
        ):
            found.append("\n")
            todo.append("\n")
        todo.append((node.child, look, shown))
    return "".join(found) + rest


def is_link(address: str) -> bool:
    """Whether an address leads out of the mail; the course's data have URL in the place of one."""
    return "://" in address or address.strip() == "URL"


class Sheet:
    """What is declared for the elements of a page: by old-fashioned attributes, style sheets and themselves.

    Of style sheets the rules for one tag, class or id are followed. What any other rule might undo (for
    other elements, for other screens), or two rules say differently, is not followed: nothing is called
    hidden that might be seen. Where such a rule says !important, neither is what an element says itself.
    """

    def __init__(self, tree: LexborHTMLParser, page: str):
        self.rules: dict[str, dict[str, str]] = {}
        # Properties that are not followed for a tag, class or id, from a sheet and from the element itself
        self.unsure: dict[str, set[str]] = {}
        self.forced: dict[str, set[str]] = {}
        for style in tree.css("style") if STYLE.search(page) else ():
            css = style.text(deep=True).strip().removeprefix("<!--").removesuffix("-->")
            css = without_strings(ESCAPE.sub(unescaped, css))
            self.read(css, int(style.attributes not in ({}, {"type": "text/css"})))

    def read(self, css: str, depth: int) -> None:
        """Note the rules of one style sheet; those at a depth above 0 are for some screens only."""
        css = BRACKETS.sub(":x", css)
        if STRANGE.search(css) or css.count("}") > 2000 or css.count(",") > 5000:
            self.unsure["*"] = set(FOLLOWED)
            self.forced["*"] = set(FOLLOWED if "important" in css.lower() else ())
            return
        for rule in css.split("}"):
            opened = rule.count("{")
            selectors, _, text = rule.rpartition("{")
            found = declarations(text)
            forced = {name for name, value in found.items() if "important" in value}
            for selector in map(str.strip, selectors.split(",") if found else ()):
                if depth == 0 and opened == 1 and SIMPLE.fullmatch(selector):
                    agree(self.rules.setdefault(selector, {}), found)
                    continue
                last = LAST.search(PARENTHESES.sub("", selector))
                key = last[1].lower() if last else "*"
                self.unsure.setdefault(key, set()).update(found)
                self.forced.setdefault(key, set()).update(forced)
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
        names = [f".{name}" for name in (attributes.get("class") or "").lower().split()[:20]]
        own_id, tag = (attributes.get("id") or "").lower(), tag.removeprefix("x-")
        names = [tag, *names, *(tag + name for name in names), f"#{own_id}"]
        if self.rules:
            unsure = set().union(*(self.unsure.get(name, ()) for name in [*names, "*"]))
            exact = f"{attributes.get('class') or ''}{attributes.get('id') or ''}".islower()
            for name in names:  # programs differ on ".x" for class="X"
                rule = {n: v for n, v in self.rules.get(name, {}).items() if n not in unsure}
                agree(found, rule if exact or name == tag else dict.fromkeys(rule, ""))
        if own := without_strings(ESCAPE.sub(unescaped, attributes.get("style") or "")):
            if STRANGE.search(own):
                return dict.fromkeys(FOLLOWED, "")
            important = {name: value for name, value in found.items() if "important" in value}
            found |= declarations(own)
            agree(found, important)
        if "overflow" in found and tag in BLOCKS:
            found.setdefault("display", "block")
        forced = set().union(*(self.forced.get(name, ()) for name in [*names, "*"])) if self.forced else ()
        return {name: value for name, value in found.items() if name not in forced}


BOXES = {"x-body", "table", "thead", "tbody", "tfoot", "tr", "td", "th"}
OLD = {  # attributes that declare something, of which elements, and which property
    **{"color": ({"x-font"}, "color"), "text": ({"x-body"}, "color")},
    **{"bgcolor": (BOXES, "background"), "background": (BOXES, "picture")},
}
DECLARING = {"style", "hidden", "href", *OLD}
STYLE = re.compile("<style", re.IGNORECASE)
FOLLOWED = {"color", "background", "display", "opacity", "visibility", "font-size", "overflow", "max-height"}
FOLLOWED |= {"height", "width", "position", "picture", "shape"}  # the last: what leaves room to overflow into
URLS = re.compile(r"url\([^()]*\)", re.IGNORECASE)
NOTHING = re.compile(r"(?:0{1,9}(?:\.0{0,9})?|\.0{1,9})(?:px|pt|em|rem)?")
RECOLOURING = ("background-", "text-shadow", "-webkit-", "filter", "mix-", "box-shadow")
ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \n]?|(.))")
BRACKETS = re.compile(r"\[[^][{}]*\]")
PARENTHESES = re.compile(r"\([^()]*\)")
LAST = re.compile(r"(?:^|[\s>+~{])([a-z][\w-]*|[.#][\w-]+)(?:[.#:][^\s>+~{()]*)?$", re.IGNORECASE)
SIMPLE = re.compile(r"[a-z][a-z0-9]*(?:\.[a-z0-9_-]+)?|[.#][a-z0-9_-]+")
STRINGS = re.compile(r"""/\*.*?\*/|"[^"\n]*"|'[^'\n]*'""", re.DOTALL)  # and comments
STRANGE = re.compile(r"""[\\"'\[\]]|\([^()]*[;{}]""")  # what is left to a real parser of style sheets


def without_strings(css: str) -> str:
    """A style sheet, or a piece of one, without its comments and strings."""
    return URLS.sub("url()", STRINGS.sub(" ", css + "*/").removesuffix("*/")) if css else ""


def unescaped(found: re.Match) -> str:
    """The letter that an escape of a style sheet stands for; signs become "_", which ends nothing."""
    letter = chr(min(int(found[1], 16), 0xFFFF)) if found[1] else found[2]
    return letter if letter.isalnum() or letter == "-" else "_"


def declarations(text: str) -> dict[str, str]:
    """The properties that are followed, and their values: the last, as in a browser, or the important one."""
    found: dict[str, str] = {}
    for piece in text.lower().split(";"):
        name, _, value = map(str.strip, piece.partition(":"))
        plain = PLAIN.fullmatch(value) is not None
        if name == "font":
            sizes, mark = FONT_SIZE.findall(value), " !important" if "important" in value else ""
            name, value = "font-size", (sizes or ["medium"])[0] + mark
        elif name == "background" and (found.get("picture") != "behind letters" or not plain):
            found["picture"] = "" if plain else "one"
        elif name == "background-color":
            name = "background"
        elif name.startswith(RECOLOURING) and value != "none":
            name, value = "picture", "one" if name.startswith("background-") else "behind letters"
        elif name.startswith(("min-", "padding")) and not NOTHING.fullmatch(value):
            name = "shape"
        if name in FOLLOWED and not ("important" in found.get(name, "") and "important" not in value):
            found[name] = value
    return found


def agree(found: dict[str, str], more: dict[str, str]) -> None:
    """Add values to others; what is there with another value becomes "", which says nothing."""
    for name, value in more.items():
        found[name] = value if found.get(name, value) == value else ""


CLEARLY = re.compile(r"0++(?:\.0*+)?%?|\.0++%?|0*+\.0\d*+|\d(?:\.\d*+)?%")  # see through
SIZE = re.compile(r"(?:(\d{0,4}\.?\d{1,4})(px|pt|em|rem|%)|0)")
FONT_SIZE = re.compile(r"(?<![^\s])(0|[\d.]{1,9}(?:px|pt|em|rem|%))(?=[\s/])")
PLAIN = re.compile(r"(?:#?\w+|(?:rgb|hsl)a?\([^()]*\))?(?:\s*!important)?")  # a colour and no picture
READABLE = {"px": 2.5, "pt": 2, "em": 0.15, "rem": 0.15, "%": 15}  # letters larger than this


def changed(look: Look, styles: dict[str, str]) -> Look:
    """The look within an element, from that around it and the element's styles."""
    given = {name: value.replace("!important", "").strip() for name, value in styles.items()}
    gone = given.get("display") == "none" or CLEARLY.fullmatch(given.get("opacity", "1"))
    folded = look.folded and given.get("position") not in ("absolute", "fixed")
    if given.get("overflow") == "hidden" and given.get("display") in ("block", "inline-block"):
        nothing = any(NOTHING.fullmatch(given.get(name, "")) for name in ("height", "max-height", "width"))
        folded = folded or (nothing and "shape" not in given)
    unseen, tiny, letters, background = look.unseen, look.tiny, look.letters, look.background
    if "visibility" in given:
        unseen = given["visibility"] in ("hidden", "collapse")
    if "font-size" in given:
        size = SIZE.fullmatch(given["font-size"])
        tiny = size is not None and float(size[1] or 0) <= READABLE[size[2] or "px"]
        tiny = tiny or (size is not None and size[2] in ("em", "%") and look.tiny)
    if given.get("picture"):
        background = "a picture"
    elif "background" in given:
        background = colour(given["background"], background, background)
    if "color" in given:
        letters = colour(given["color"], letters, background)
    return Look(look.gone or bool(gone), folded, unseen, tiny, letters, background)


NAMED = {
    **{"white": "fff", "snow": "fff", "ivory": "fff", "azure": "fff", "whitesmoke": "fff", "seashell": "fff"},
    **{"ghostwhite": "fff", "floralwhite": "fff", "mintcream": "fff", "aliceblue": "fff", "black": "000"},
    **{"linen": "faf0e6", "oldlace": "fdf5e6", "cornsilk": "fff8dc", "beige": "f5f5dc", "honeydew": "f0fff0"},
    **{"lavender": "e6e6fa", "lavenderblush": "fff0f5", "lightyellow": "ffffe0", "lightcyan": "e0ffff"},
    **{"gray": "888", "grey": "888", "silver": "ccc", "red": "f00", "lime": "0f0", "blue": "00f"},
}
HEX = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})(f|ff)?")
CLEAR = re.compile(r"#(?:[0-9a-f]{3}0|[0-9a-f]{6}0[0-9a-f])")
PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)%")
HSL = re.compile(r"hsla?\(\s*[\d.]{1,9}(?:deg)?[\s,]+[\d.]{1,9}%?[\s,]+(100|0)%?\s*(?:[,/]\s*1\s*)?\)")
RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*(\d?\.\d{1,4}|\d)\s*)?\)")


def colour(text: str, inherited: Colour, behind: Colour) -> Colour:
    """The colour that a value names; what is transparent lets that behind through."""
    if text == "inherit":
        return inherited
    if text in ("transparent", "none"):
        return behind
    if CLEAR.fullmatch(text):
        return behind
    text = (
        PERCENT.sub(lambda found: str(round(min(float(found[1]), 100) * 2.55)), text)
        if "rgb" in text
        else text
    )
    if found := RGB.fullmatch(text):
        opaque = float(found[4] or 1)
        whole = tuple(map(int, found.groups()[:3]))
        return whole if opaque == 1 else behind if opaque < 0.1 else text
    if found := HSL.fullmatch(text):
        return WHITE if found[1] == "100" else BLACK
    if found := HEX.fullmatch(NAMED.get(text, text)):
        digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
        return tuple(bytes.fromhex(digits))
    return text

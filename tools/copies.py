"""The learner's own copies of the notebooks: the folder work/, in which `course.py lab` opens JupyterLab.

Running a lesson changes its file and answering changes the exercise, so in the course's own folders every
update would be a conflict. work/ holds copies, is ignored by git, and is brought up to date at each start.

What is the learner's is never overwritten and never deleted. A notebook is the learner's as soon as a cell's
text or attachment differs, or a cell was added, removed or moved. Outputs and metadata do not count: reading,
running and unfolding change these, running makes them again, and a lesson that was only run should not stay
old for ever. Of other files every byte counts.

work/.copies.json is the record. Of each file it keeps every version that the course has had here, so that a
copy counts as untouched only if it is one of them, and which of them was dealt with last. The order of steps
makes an interruption at any point harmless, and two starts at once too: (1) newer versions are laid beside
the learner's files, under names made from their contents; (2) their fingerprints are recorded; (3) untouched
copies are replaced; (4) all is recorded as dealt with. Each file is written whole under another name first,
so that none is ever half there.

The copies are the course's bytes, except for links in pages: they are written for GitHub, and made such that
JupyterLab follows them too.
"""

import hashlib
import json
import os
import posixpath
import re
import shutil
import subprocess
import tempfile
import time
import tomllib
from pathlib import Path

FOLDERS = ("chapters", "exercises", "solutions")
# What the notebooks link to, so that these links lead somewhere in JupyterLab too, and what those pages show.
# Nothing of service/ and project/: a folder service/ here would hide the real one from Python run in work/.
PAGES = ("*.md", "README.png", "LICENSE*", "data/*.md", "classroom/*.md")
LINK = re.compile(
    r"(?<=\]\()(?![a-z]+:)([^)\s#]*)(#[^)\s]+)?(?=[)\s])"
)  # file or folder, and place, of a link
RECORD = ".copies.json"
# What the record says of a file: the fingerprints of all the course's versions, fingerprint and hash of the
# one dealt with last, the name of a newer one that lies beside, and what was taken over from the clone.
NEW = {"versions": [], "version": None, "bytes": None, "beside": None, "taken": None}
STALE = 3600  # seconds after which what an interrupted start has left is cleared away


def bring_up_to_date(root):
    """Make or renew the copies in `root`/work.

    Parameters
    ----------
    root : Path
        The clone of the course.

    Returns
    -------
    list of str
        What the learner should know, a line each; empty if there is nothing new.

    Raises
    ------
    OSError
        If the disk is full or cannot be written. All files are then as they were, or as they should be.
    """
    work = root / "work"
    work.mkdir(exist_ok=True)
    for left in work.glob(".start-*"):
        if time.time() - left.stat().st_mtime > STALE:
            shutil.rmtree(left, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=".start-", dir=work))
    try:
        return _renew(root, work, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _renew(root, work, fresh):
    record = _read_record(work)
    found, known = _course_files(root), bool(record)
    changed = _changed_in_the_clone(root, found)
    said = _take_over(root, work, fresh, record, {name: found.pop(name) for name in changed})
    new = set(found) - set(record) if known else ()  # at the first start all is new
    gone = set(record) - set(found) - set(changed)
    said += _tell_of_chapters(work, record, gone, {name: found[name] for name in sorted(new)})
    _drop(work, record, gone)

    planned, replace, newer, back = {}, [], [], []
    for name, content in found.items():
        entry = record.get(name, NEW)
        version, own = fingerprint(name, content), _content(work / name)
        versions = entry["versions"] + [version] * (version not in entry["versions"])
        done = NEW | {"versions": versions, "version": version, "bytes": _hash(content)}
        if own is None:
            replace.append(name)
            back += [name] * (entry["version"] is not None)
        elif fingerprint(name, own) in versions:
            # The same version with the learner's outputs stays; with other outputs of the course it does not.
            if own != content and (entry["bytes"] != done["bytes"] or fingerprint(name, own) != version):
                replace.append(name)
        elif version == entry["version"]:
            done["beside"] = entry["beside"]
        else:
            done["beside"] = _beside(name, "newer", content)
            newer.append(name)
        planned[name] = done

    for name in newer:
        _create(work / planned[name]["beside"], found[name], fresh)
        label = Path(planned[name]["beside"]).name
        said.append(f"{name} is yours and stays; the course's newer version is beside it: {label}")
    versions_first = {
        name: record.get(name, NEW) | {"versions": entry["versions"]} for name, entry in planned.items()
    }
    kept = {name: record[name] for name in changed}
    _save(work, kept | versions_first, fresh)
    for name in replace:
        # Looked at again at the last moment: JupyterLab may have saved in it meanwhile.
        own = _content(work / name)
        if own is None or fingerprint(name, own) in planned[name]["versions"]:
            _write(work / name, found[name], fresh)
    for name, done in planned.items():
        _clear(work, record.get(name, NEW)["beside"], done)
    _save(work, kept | planned, fresh)
    if back:
        more = f" and {len(back) - 5} more" * (len(back) > 5)
        said.append(f"Missing, so it is there again as the course has it: {', '.join(back[:5])}{more}")
    if replace:
        said.append(f"{len(replace)} file{'s' * (len(replace) > 1)} new or brought up to date in work/.")
    return said


def _take_over(root, work, fresh, record, changed):
    """Bring what was changed in the clone itself into work/, where it counts as the learner's."""
    for name, content in changed.items():
        own = _content(work / name)
        if name not in record:
            began = _git_output(root, "show", f"HEAD:./{name}")  # nothing, if it is the learner's own file
            version = fingerprint(name, began) if began else None
            record[name] = NEW | {"versions": [version] * bool(began), "version": version}
        print_, known = fingerprint(name, content), record[name]["versions"]
        if own is None:
            _write(work / name, content, fresh)
        elif print_ not in [*known, record[name]["taken"], fingerprint(name, own)]:
            if fingerprint(name, own) in known:
                _write(work / name, content, fresh)
            else:
                _create(work / _beside(name, "from-clone", content), content, fresh)
        record[name] = record[name] | {"taken": print_}
    tracked = [name for name in changed if record[name]["versions"]]
    if not tracked or _git_output(root, "status", "--porcelain", "sources"):
        return []  # nothing, or an author has built them: to put back the old ones would lose the work
    return [
        f"Changed in the course's own folders: {', '.join(tracked)}. Your version is in work/ too. "
        f"So that git pull goes through, put the course's back: git checkout -- {' '.join(tracked)}"
    ]


def _tell_of_chapters(work, record, gone, new):
    """What has another name, is gone or is new: lessons, and what the learner has changed."""
    said, new = [], dict(new)
    for name in sorted(gone):
        own, entry = _content(work / name), record[name]
        mine = own is not None and _hash(own) != entry["bytes"]
        if own is None or not entry["versions"] or not (mine or _is_lesson(name)):
            continue
        renamed = next((other for other in new if _is_renamed(name, own, other, new[other])), None)
        now = f"is now called {Path(renamed).name}" if renamed else "is no longer part of the course"
        said.append(f"{name} {now}{'; yours stays' * mine}.")
        new.pop(renamed, None)
    added = [name for name in new if _is_lesson(name)]
    return said + [f"New in the course: {', '.join(added)}"] * bool(added)


def _is_lesson(name):
    return name.startswith("chapters/") and name.endswith(".ipynb")


def _is_renamed(name, own, other, content):
    """Has the other notebook most of the cells of this one? Their ids stay when a notebook is renamed."""
    if posixpath.dirname(name) != posixpath.dirname(other):
        return False
    old, new = _cell_ids(own), _cell_ids(content)
    return len(old & new) > len(old) / 2


def _cell_ids(content):
    try:
        return {cell["id"] for cell in json.loads(content)["cells"]}
    except (ValueError, TypeError, KeyError):
        return set()


def _drop(work, record, gone):
    """Forget files that the course no longer has; an untouched copy goes, any other stays."""
    for name in sorted(gone):
        own, entry = _content(work / name), record.pop(name)
        if own is not None and _hash(own) == entry["bytes"]:
            (work / name).unlink()
        _clear(work, entry["beside"], entry | {"beside": None})


def _clear(work, old, done):
    """Remove a version that was laid beside and is no longer the newest, if nobody has worked in it."""
    own = old and _content(work / old)
    if own and fingerprint(old, own) in done["versions"] and old != done["beside"]:
        (work / old).unlink()


def fingerprint(name, content):
    """What tells one version of a file from another: of a notebook its cells' kinds, texts and attachments.

    Parameters
    ----------
    name : str
    content : bytes

    Returns
    -------
    str
    """
    if name.endswith(".ipynb"):
        try:
            cells = [
                [cell["cell_type"], "".join(cell["source"]), cell.get("attachments")]
                for cell in json.loads(content)["cells"]
            ]
            return _hash(json.dumps(cells, sort_keys=True).encode())
        except (ValueError, TypeError, KeyError, AttributeError):
            pass  # broken, or something else under this name: every byte counts
    return _hash(content)


def _names(root):
    """The course's files that have a copy, as "exercises/03_data_splitting.ipynb"."""
    paths = [path for folder in FOLDERS for path in (root / folder).rglob("*")]
    paths += [path for pattern in PAGES for path in root.glob(pattern)]
    names = sorted({path.relative_to(root).as_posix() for path in paths if path.is_file()})
    names = [name for name in names if not any(part.startswith(".") for part in name.split("/"))]
    listed = _git(root, "ls-files", "--others", "--ignored", "--exclude-standard", "--", *FOLDERS)
    return [name for name in names if name not in (listed or [])]  # lesson 9, run here, has left a folder


def _course_files(root):
    """What work/ shall hold, {name: content}; on pages a link to what has no copy leads to the repository."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
        repository = project["urls"]["Repository"]
    except (OSError, ValueError, KeyError):
        repository = None
    found = {name: (root / name).read_bytes() for name in _names(root)}

    def lead(link):
        path, place = link[1], link[2] or ""
        target = posixpath.normpath(posixpath.join(folder, path)) if path else name
        if target in found:
            return path + _place(place, target, found[target])
        if not (root / target).exists():
            return link[0]
        return f"{repository}/{'tree' if (root / target).is_dir() else 'blob'}/main/{target}{place}"

    for name, content in found.items():
        folder = posixpath.dirname(name)
        if repository and name.endswith(".md") and folder not in FOLDERS:  # those git compares
            found[name] = LINK.sub(lead, content.decode()).encode()
    return found


def _place(place, name, content):
    """A heading as JupyterLab finds it: on pages in its own letters, in notebooks with a dot by its cell."""
    if name.endswith(".md"):
        for heading in re.findall(r"^#+ +([^()<>\n]+?)\s*$", content.decode(), re.MULTILINE):
            if place == "#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"):
                return "#" + heading.replace("`", "").replace(" ", "-")
    elif "·" in place:
        for cell in json.loads(content)["cells"]:
            lines = "".join(cell["source"]).splitlines()
            if place in {"#" + line.lstrip("# ").replace(" ", "-") for line in lines if line.startswith("#")}:
                return f"#cell-id={cell['id']}"
    return place


def _changed_in_the_clone(root, found):
    """Which of the course's files were changed in the clone itself, by somebody who worked there?

    Without git only the answered exercises are known: the course's own have no outputs.
    """
    changed = _git(root, "diff", "--name-only", "HEAD", "--", *FOLDERS)
    others = _git(root, "ls-files", "--others", "--exclude-standard", "--", *FOLDERS)
    if changed is not None and others is not None:
        return sorted({*changed, *others} & set(found))
    return [name for name in found if name.startswith("exercises/") and _has_outputs(found[name])]


def _git(root, *arguments):
    """The file names that a git command prints; None without git, or where the course is no clone."""
    printed = _git_output(root, *arguments[:1], "-z", *arguments[1:])
    return None if printed is None else [name for name in printed.decode().split("\0") if name]


def _git_output(root, *arguments):
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _has_outputs(content):
    try:
        return any(cell.get("outputs") for cell in json.loads(content)["cells"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return True  # the course's own files are sound


def _read_record(work):
    """The record by name; a lost or broken one is as good as none: then all copies count as the learner's."""
    try:
        record = json.loads((work / RECORD).read_bytes())
        return {name: {key: entry[key] for key in NEW} for name, entry in record.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _save(work, record, fresh):
    """Write the record, with the versions that another start has recorded meanwhile."""
    stored = _read_record(work)
    for name in record.keys() & stored.keys():
        more = [v for v in stored[name]["versions"] if v not in record[name]["versions"]]
        record[name] = record[name] | {"versions": more + record[name]["versions"]}
    if record != stored:
        _write(work / RECORD, json.dumps(record, indent=0, sort_keys=True).encode(), fresh)


def _beside(name, what, content):
    """ "exercises/03_x.newer-1a2b3c4d.ipynb": the same contents always get the same name."""
    path = Path(name)
    return path.with_name(f"{path.stem}.{what}-{_hash(content)[:8]}{path.suffix}").as_posix()


def _content(path):
    """The bytes of a file, None if there is none; a folder of that name is somebody's, and no version."""
    if path.is_dir():
        return b""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _create(path, content, fresh):
    if not path.exists():
        _write(path, content, fresh)


def _write(path, content, fresh):
    """The whole file or none: written in the folder `fresh` on the same disk, then renamed."""
    new = fresh / path.name
    with open(new, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.parent.mkdir(parents=True, exist_ok=True)
    os.replace(new, path)


def _hash(content):
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":  # python -m tools.copies, for an environment that is not the course's own
    print("\n".join(bring_up_to_date(Path(__file__).resolve().parents[1])))

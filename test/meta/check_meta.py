"""Checks META.json against the PGXN Meta Spec 1.0.0 (https://pgxn.org/spec/) and the project's own files.

usage: check_meta.py ROOT    prints each fault; exits 1 if there is one
"""

import json
import pathlib
import re
import sys

SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-?[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
# A prerequisite: versions, each with an operator or without, separated by commas; 0 is any version.
RANGE = re.compile(r"(0|((==|!=|>=|<=|>|<)?\s*%s)(\s*,\s*(==|!=|>=|<=|>|<)?\s*%s)*)" % (SEMVER.pattern, SEMVER.pattern))
TERM = re.compile(r"[^/\\\x00-\x20\x7f]{2,255}")
TAG = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")
LICENSES = set(
    """agpl_3 apache_1_1 apache_2_0 artistic_1 artistic_2 bsd freebsd gfdl_1_2 gfdl_1_3 gpl_1 gpl_2 gpl_3
    lgpl_2_1 lgpl_3_0 mit mozilla_1_0 mozilla_1_1 openssl perl_5 postgresql qpl_1_0 ssleay sun zlib
    open_source restricted unrestricted unknown""".split()
)
FIELDS = set(
    """name version abstract maintainer license provides meta-spec description generated_by tags
    no_index prereqs release_status resources""".split()
)


def faults(meta, root):
    """Yields a sentence for everything that is wrong with META.json's content."""
    for field in ("name", "version", "abstract", "maintainer", "license", "provides", "meta-spec"):
        if not meta.get(field):
            yield f"{field} is missing"
            return
    for field in meta:
        if field not in FIELDS and not field.lower().startswith("x_"):
            yield f"{field} is no field of the specification"
    if not TERM.fullmatch(meta["name"]):
        yield "name is no term"
    if not SEMVER.fullmatch(meta["version"]):
        yield "version is no semantic version"
    people = meta["maintainer"] if isinstance(meta["maintainer"], list) else [meta["maintainer"]]
    if not all(isinstance(person, str) and person for person in people):
        yield "maintainer is neither a text nor a list of texts"
    licenses = meta["license"] if isinstance(meta["license"], list) else [meta["license"]]
    if not isinstance(meta["license"], dict) and not set(licenses) <= LICENSES:
        yield "license is not one of the specification's names"
    if meta["meta-spec"].get("version") != "1.0.0":
        yield "meta-spec names another version than 1.0.0"
    if meta.get("release_status", "stable") not in ("stable", "testing", "unstable"):
        yield "release_status is none of stable, testing, unstable"
    if not all(isinstance(tag, str) and TAG.fullmatch(tag) for tag in meta.get("tags", [])):
        yield "tags holds something that is no tag"
    for phase, relations in meta.get("prereqs", {}).items():
        if phase not in ("configure", "runtime", "build", "test", "develop"):
            yield f"prereqs: {phase} is no phase"
        for relation, packages in relations.items():
            if relation not in ("requires", "recommends", "suggests", "conflicts"):
                yield f"prereqs: {relation} is no relation"
            for package, versions in packages.items():
                if not TERM.fullmatch(package) or not RANGE.fullmatch(str(versions)):
                    yield f"prereqs: {package} {versions} is no term with versions"

    control = (root / "pg_prompt.control").read_text()
    default_version = re.search(r"^default_version\s*=\s*'([^']*)'", control, re.M).group(1)
    library_version = re.search(r'kVersion\[\] = "([^"]*)"', (root / "src/core/version.h").read_text()).group(1)
    for name, extension in meta["provides"].items():
        if not TERM.fullmatch(name) or not SEMVER.fullmatch(extension.get("version", "")):
            yield f"provides: {name} lacks a term as its name or a semantic version"
        for field in ("file", "docfile"):
            if field in extension and not (root / extension[field]).exists():
                yield f"provides: {name}: {field} names {extension[field]}, which does not exist"
        if "file" not in extension:
            yield f"provides: {name} has no file"
        if extension.get("version") != default_version:
            yield f"provides: {name} is {extension.get('version')}, the control file says {default_version}"
    if meta["version"] != library_version or default_version != library_version:
        yield (
            f"versions differ: META.json {meta['version']}, control file {default_version}, "
            f"src/core/version.h {library_version}"
        )
    if f"[{meta['version']}]" not in (root / "CHANGELOG.md").read_text():
        yield f"CHANGELOG.md has no section [{meta['version']}]"


def main():
    root = pathlib.Path(sys.argv[1])
    found = list(faults(json.loads((root / "META.json").read_text()), root))
    for fault in found:
        print(f"META.json: {fault}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

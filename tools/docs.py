"""`./do docs`: renews the generated reference pages and follows every link. With `--check` it writes nothing and tells what is stale."""

from __future__ import annotations

import os
import sys

from tools import links, tree


def generated() -> dict[str, str]:
    """Return each generated page (its path from the root) with its text, made with no settings but the defaults."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django  # noqa: PLC0415 -- reads its settings when it is set up, which must not happen before the line above

    from tools import reference  # noqa: PLC0415 -- as above

    django.setup()
    return {tree.name(path): text for path, text in reference.pages().items()}


def main(arguments: list[str]) -> int:
    """Write or check; returns 1 when something is stale or a link leads nowhere."""
    problems: list[str] = []
    for name, text in generated().items():
        path = tree.ROOT / name
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        if before == text:
            continue
        if "--check" in arguments:
            problems.append(f"{name} is stale: ./do docs writes it anew")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    problems += links.problems()
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

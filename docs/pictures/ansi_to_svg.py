"""Turns coloured terminal output (standard input) into an SVG with plain text; the argument is the command shown."""

import html
import re
import sys

COLOURS = {
    30: "#45475a", 31: "#f38ba8", 32: "#a6e3a1", 33: "#f9e2af", 34: "#89b4fa", 35: "#cba6f7", 36: "#94e2d5", 37: "#cdd6f4",
    90: "#7f849c", 91: "#f38ba8", 92: "#a6e3a1", 93: "#f9e2af", 94: "#89b4fa", 95: "#cba6f7", 96: "#94e2d5", 97: "#ffffff",
}
# Renderers differ in what they make of blanks in a row.
NBSP = "\u00a0"
WIDTH, HEIGHT, MARGIN = 8.4, 19, 16


def colour_256(number):
    return COLOURS.get(30 + number) if number < 8 else COLOURS.get(82 + number, "#cdd6f4")


def spans(line, state):
    """Yields (text, colour, bold); `state` is carried from line to line."""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if not code:
            if part:
                yield part, *state
            continue
        numbers = [int(number or 0) for number in code[1].split(";")]
        while numbers:
            number = numbers.pop(0)
            if number == 0:
                state[:] = [None, False]
            elif number == 1:
                state[1] = True
            elif number == 39:
                state[0] = None
            elif number == 38 and numbers[:1] == [5]:
                state[0] = colour_256(numbers[1])
                numbers = numbers[2:]
            elif number in COLOURS:
                state[0] = COLOURS[number]


def main():
    text = re.sub(r"\x1b\[[0-9;?]*[A-LN-Za-ln-z]", "", sys.stdin.read()).replace("\r", "")
    lines = [f"\x1b[1m{sys.argv[1]}\x1b[0m"] + text.strip("\n").split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    width = max(map(len, plain)) * WIDTH + 2 * MARGIN
    height = len(lines) * HEIGHT + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}">')
    print(f"<title>{html.escape(sys.argv[1])}</title>")
    print('<rect width="100%" height="100%" rx="8" fill="#1e1e2e"/>')
    print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" fill="#cdd6f4" xml:space="preserve">')
    state = [None, False]
    for row, line in enumerate(lines):
        y, column = MARGIN + (row + 0.75) * HEIGHT, 0
        for part, colour, bold in spans(line, state):
            shown = html.escape(part).replace(" ", NBSP)
            style = (f' fill="{colour}"' if colour else "") + (' font-weight="bold"' if bold else "")
            # `textLength` keeps columns straight whatever font is there.
            print(
                f'<text x="{MARGIN + column * WIDTH:.1f}" y="{y:.0f}" textLength="{len(part) * WIDTH:.1f}"'
                f"{style}>{shown}</text>"
            )
            column += len(part)
    print("</g>\n</svg>")


main()

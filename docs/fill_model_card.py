"""Write what was measured into the model card, and the recipe into the training log.

    napari-samwise evaluate DATA --part held_back --clicks-to --everything --invariance \\
        --report REPORT
    python benchmarks/unseen_sources.py UNSEEN VOLUMES
    napari-samwise evaluate UNSEEN --everything --report UNSEEN_REPORT
    python docs/fill_model_card.py REPORT UNSEEN_REPORT RUN

Both reports are of the weights in the package, their first model; RUN is the folder of their
training.
Replaces what stands between markers such as <!-- scores:begin --> and <!-- scores:end --> in the
model card and in training-log.md beside it, and docs/images/worst_ten.png, calibration.png and
training_curves.png. Nothing of it is by hand.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from napari_samwise.learn.checkpoint import CHECKPOINT_NAME, read_checkpoint
from napari_samwise.learn.report.curves import draw_curves
from napari_samwise.learn.split import fixed_split
from napari_samwise.learn.summary import MEAN
from napari_samwise.learn.training_log import LOG_NAME, read_log
from napari_samwise.model.nano import Nano
from napari_samwise.model.nano_encoder import NanoConfig
from napari_samwise.weights.read import read_state_dict
from napari_samwise.weights.registry import CHECKPOINTS

CARD = Path(__file__).parent / "reference" / "model-card.md"
TRAINING_LOG = "training-log.md"
TILE_PX, CAPTION_PX, TILES_A_ROW, LETTERS = 190, 30, 5, 30
COLOURS = 256

PROMPTS = {
    **{title: title for title in ("1 click", "3 clicks", "5 clicks", "best of 3", "box")},
    "flood": "flood fill",
    "Otsu": "Otsu in the box",
}
EVERYTHING = {
    **{title: title for title in ("AP@0.5", "mean AP", "precision", "recall")},
    "watershed AP@0.5": "AP@0.5 of Otsu + watershed",
}

#: Sizes that a run does not know: words are fitted when it has ended.
LATER = ("words", "spelling")

Row = Mapping[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("unseen", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--card", type=Path, default=CARD)
    asked = parser.parse_args()

    images = asked.card.parent.parent / "images"
    images.mkdir(exist_ok=True)
    pages = {
        asked.card: {
            "scores": scores(asked.report),
            "unseen": unseen(asked.unseen),
            "calibration": calibration(asked.report, images / "calibration.png"),
            "invariance": invariance(asked.report),
            "failures": failures(asked.report, images / "worst_ten.png"),
            "network": network(),
        },
        asked.card.with_name(TRAINING_LOG): {
            "recipe": recipe(asked.run, images / "training_curves.png"),
        },
    }
    # Either all pages are filled or none.
    texts = {page: with_blocks(page, blocks) for page, blocks in pages.items()}
    for page, text in texts.items():
        page.write_text(text, encoding="utf-8")
        print(f"{page}: {', '.join(pages[page])}")


def with_blocks(page: Path, blocks: Mapping[str, str]) -> str:
    """Return the text of a page with what stands between the markers of each name replaced."""
    text = page.read_text(encoding="utf-8")
    for name, block in blocks.items():
        text = with_block(text, name, block)
    return text


def with_block(text: str, name: str, block: str) -> str:
    """Return the text with what stands between the markers of a name replaced."""
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise SystemExit(f"The page needs the markers of '{name}' once each.")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}{block}\n{end}{rest.partition(end)[2]}"


def network() -> str:
    """Return sizes of the weights in the package."""
    file = files("napari_samwise.weights").joinpath(CHECKPOINTS["nano"].file_name)
    with as_file(file) as path:
        model = Nano(NanoConfig.from_state_dict(read_state_dict(path)))
        size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()
    parts = [
        (name, sum(p.numel() for p in part.parameters())) for name, part in model.named_children()
    ]
    rows = [[name, f"{count / 1e6:.2f} million"] for name, count in parts]
    total = sum(count for _, count in parts)
    rows.append(["**in all**", f"**{total / 1e6:.2f} million**, {size / 1e6:.1f} MB"])
    return f"{table(['part', 'parameters'], rows)}\n\nSHA-256 of the file: `{digest}`"


def recipe(run: Path, picture: Path) -> str:
    """Return how long the run took and with what options, and draw its curves."""
    log = read_log(run / LOG_NAME)
    entries = read_checkpoint(run / CHECKPOINT_NAME)
    if not log:
        raise SystemExit(f"{run / LOG_NAME} has no reports; give the folder of a training run.")
    steps = np.diff([0, *(entry.step for entry in log)])
    seconds = float(steps @ [entry.means["seconds"] for entry in log])
    save(Image.fromarray(draw_curves(log)), picture)
    options = {**flat(entries.get("options", {})), **flat(entries.get("config", {}))}
    rows = [[name, shown(name, value)] for name, value in options.items() if name not in LATER]
    pace = f"{seconds / steps.sum():.2f} s a step"
    return (
        f"{entries['step']} steps in {seconds / 3600:.1f} hours, {pace}. "
        f"Options and sizes as in `TrainOptions` and `NanoConfig`:\n\n{table(['', ''], rows)}\n\n"
        f"![IoU on training windows, and losses, by step](../images/{picture.name})"
    )


def scores(report: Path) -> str:
    """Return the tables of prompts and of everything mode, and what they took."""
    found = by_measure(rows_of(report / "summary.csv"))
    (took,) = rows_of(report / "totals.csv")
    if "AP@0.5" not in found or "never 0.85" not in found:
        raise SystemExit("The report lacks scores: evaluate with --clicks-to and --everything.")
    mean = {measure: float(rows[MEAN]["mean"]) for measure, rows in found.items()}
    clicks = "; ".join(
        f"to {target}: {mean[f'clicks to {target}']:.1f}, "
        f"never within ten for {100 * mean[f'never {target}']:.0f} % of objects"
        for target in ("0.85", "0.90")
    )
    memory = f"; the run never held more than {took['peak_mib']} MiB" if took["peak_mib"] else ""
    return "\n\n".join(
        [
            score_table(found, PROMPTS),
            f"{notes(found['1 click'])} The interval is the 95 % one of a bootstrap over images.",
            f"Clicks needed for an IoU, mean over sources: {clicks}. "
            f"After ten clicks the mean IoU is {mean['10 clicks']:.2f}.",
            f"Median times over the {took['planes']} planes, on {took['runs_on']}: "
            f"{float(took['encode_ms']):.0f} ms to encode, "
            f"{float(took['decode_ms']):.1f} ms a prompt, "
            f"{float(took['everything_ms']):.0f} ms for everything mode{memory}.",
            "Everything mode, without prompts (AP = TP / (TP + FP + FN)):",
            score_table(found, EVERYTHING),
        ]
    )


def unseen(report: Path) -> str:
    """Return the tables of prompts and of everything mode for sources that nano never saw."""
    found = by_measure(rows_of(report / "summary.csv"))
    if "AP@0.5" not in found:
        raise SystemExit("The report of unseen sources lacks scores: evaluate with --everything.")
    tables = [score_table(found, titles, str) for titles in (PROMPTS, EVERYTHING)]
    return "\n\n".join([tables[0], "Everything mode:", tables[1]])


def calibration(report: Path, picture: Path) -> str:
    """Return how predicted and true IoU agree."""
    save(Image.open(report / "calibration.png"), picture)
    prompts: dict[str, list[Row]] = {}
    for row in rows_of(report / "calibration.csv"):
        prompts.setdefault(row["prompt"], []).append(row)
    lines = []
    for prompt, tenths in prompts.items():
        counts = np.array([int(row["objects"]) for row in tenths])
        filled = [row for row in tenths if int(row["objects"])]
        weights = counts[counts > 0] / counts.sum()
        means = [
            weights @ [float(row[name]) for row in filled] for name in ("predicted_iou", "true_iou")
        ]
        numbers = (
            *means,
            float(tenths[0]["expected_calibration_error"]),
            float(tenths[0]["correlation"]),
        )
        lines.append([prompt, f"{counts.sum()}", *(f"{number:.2f}" for number in numbers)])
    header = ["prompt", "objects", "predicted IoU", "true IoU", "calibration error", "r"]
    curve = "![True IoU by predicted IoU, for one click, five clicks and a box]"
    return f"{table(header, lines)}\n\n{curve}(../images/{picture.name})"


def invariance(report: Path) -> str:
    """Return by how much changes of the images change mean IoU."""
    path = report / "invariance.csv"
    if not path.is_file():
        raise SystemExit(f"There is no {path}: evaluate with --invariance.")
    rows = rows_of(path)
    prompts = {
        prompt: by_measure([r for r in rows if r["prompt"] == prompt])
        for prompt in ("1 click", "box")
    }
    changes = list(prompts["box"])
    means = [
        [f"**{prompt}**", *(change(of[name][MEAN], interval=True) for name in changes)]
        for prompt, of in prompts.items()
    ]
    click = prompts["1 click"]
    sources = [
        [source, *(change(click[name][source]) for name in changes)]
        for source in click[changes[0]]
        if source != MEAN
    ]
    return (
        f"{table(['mean over sources', *changes], means)}\n\nOne click, by source:\n\n"
        f"{table(['source', *changes], sources)}"
    )


def failures(report: Path, picture: Path) -> str:
    """Return the gallery of the worst objects, and draw it."""
    paths = sorted(next(iter(sorted((report / "worst").iterdir()))).glob("*_iou*.png"))
    rows = -(-len(paths) // TILES_A_ROW)
    gallery = Image.new("RGB", (TILES_A_ROW * TILE_PX, rows * (TILE_PX + CAPTION_PX)), "white")
    pen = ImageDraw.Draw(gallery)
    for index, path in enumerate(paths):
        row, column = divmod(index, TILES_A_ROW)
        x, y = column * TILE_PX, row * (TILE_PX + CAPTION_PX)
        with Image.open(path) as case:
            gallery.paste(ImageOps.contain(case.convert("RGB"), (TILE_PX - 6, TILE_PX - 6)), (x, y))
        iou, name = re.findall(r"^\d+_iou([\d.]+)_(.+)$", path.stem)[0]
        text = f"{iou}  {name}"
        pen.text(
            (x, y + TILE_PX - 4), f"{text[:LETTERS]}\n{text[LETTERS:]}", fill="black", spacing=1
        )
    save(gallery, picture)
    return (
        f"![The {len(paths)} objects of the lowest IoU after one click, with truth and answer]"
        f"(../images/{picture.name})"
    )


def rows_of(path: Path) -> list[Row]:
    """Return the lines of the first model of a report's table."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if row["model"] == rows[0]["model"]]


def by_measure(rows: Sequence[Row]) -> dict[str, dict[str, Row]]:
    """Return rows by measure and source."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row["measure"], {})[row["source"]] = row
    return found


def marked(source: str) -> str:
    """Return a source with the mark of its note."""
    split = fixed_split()
    if source in {name.split("/")[0] for name in split.divided}:
        return f"{source} *"
    known = source == MEAN or source in {name.split("/")[0] for name in split.train}
    return source if known else f"{source} †"


def score_table(
    found: Mapping[str, Mapping[str, Row]],
    titles: Mapping[str, str],
    named: Callable[[str], str] = marked,
) -> str:
    """Return a row a source, the mean over sources, and its interval."""
    first = found[next(iter(titles))]
    lines = [
        [
            named(source),
            row["objects"],
            *(f"{float(found[name][source]['mean']):.2f}" for name in titles),
        ]
        for source, row in first.items()
    ]
    lines[-1] = [f"**{cell}**" for cell in lines[-1]]
    means = [found[name][MEAN] for name in titles]
    ends = (f"{float(row['ci95_low']):.2f}-{float(row['ci95_high']):.2f}" for row in means)
    lines.append(["95 % interval", "", *ends])
    return table(["source", "objects", *titles.values()], lines)


def notes(sources: Mapping[str, Row]) -> str:
    """Explain the marks that occur."""
    marks = {marked(source)[-2:] for source in sources}
    told = {
        " *": r"\* other planes of a volume that is also in training, and only objects that no "
        "training plane shows.",
        " †": "† no image of this source is in training.",
    }
    return " ".join(text for mark, text in told.items() if mark in marks)


def change(row: Row, *, interval: bool = False) -> str:
    """Return a difference with its sign, or the IoU of the unchanged image."""
    if row["measure"] == "unchanged":
        return f"{float(row['mean']):.2f}"
    ends = f" ({float(row['ci95_low']):+.3f} to {float(row['ci95_high']):+.3f})" if interval else ""
    return f"{float(row['mean']):+.3f}{ends}"


def shown(name: str, value: object) -> str:
    """Return an option as it is shown; of a file only the name, not where somebody had it."""
    return Path(str(value)).name if name == "begin_with" else str(value)


def flat(options: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested options with their names joined by points."""
    found: dict[str, Any] = {}
    for name, value in options.items():
        inner = (
            flat(value, f"{prefix}{name}.")
            if isinstance(value, Mapping)
            else {prefix + name: value}
        )
        found.update(inner)
    return found


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture in few colours, which keeps the repository small."""
    # Not by their median: that forgets the colour of thin lines.
    octree = Image.Quantize.FASTOCTREE
    few = picture.convert("RGB").quantize(COLOURS, method=octree, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


if __name__ == "__main__":
    main()

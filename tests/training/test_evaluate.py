"""The judge as a whole: figures, table, sheet, references, on small pictures."""

import argparse
import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from styleswap import gallery
from styleswap.training import evaluate
from styleswap.training.judging.candidates import VARIANTS, Surroundings
from styleswap.training.judging.references import PublishedInverse
from styleswap.v1.settings import from_texts

GALLERY = {style.id.removeprefix(gallery.PREFIX): style.path for style in gallery.styles()}
SMALL = ["--size", "48", "--device", "cpu", "--contents", "astronaut", "--styles", "woodcut"]


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    evaluate.add_arguments(parser)
    parser.set_defaults(surroundings=Surroundings(GALLERY, from_texts))
    return parser.parse_args([str(word) for word in words])


def published(folder: Path) -> Path:
    """A file as WCT's, with random weights."""
    torch.manual_seed(0)
    widths = PublishedInverse.WIDTHS
    tensors = {}
    for i in range(5):
        tensors[f"conv{i}.weight"] = 0.02 * torch.randn(widths[i + 1], widths[i], 3, 3)
        tensors[f"conv{i}.bias"] = torch.zeros(widths[i + 1])
    save_file(tensors, folder / "published.safetensors")
    return folder / "published.safetensors"


def test_settings_are_compared_on_the_grid(
    tmp_path: Path, teacher: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, sheet = tmp_path / "figures.json", tmp_path / "sheet.png"
    cache = tmp_path / "cache"
    words = [*SMALL, "--teacher", teacher, "--optimised", 2, "--cache", cache, "--json", out]
    words += ["--compare", "paper", "both", "--settings", "strength=0.5", "--sheet", sheet]
    assert evaluate.run(arguments(*words)) == 0
    shown = capsys.readouterr().out
    means = json.loads(out.read_text())["means"]
    assert list(means) == ["VGG + 2 steps", "paper", "both", "strength=0.5"]
    assert all(name in shown for name in means)
    assert means["strength=0.5"]["similarity"] > means["both"]["similarity"]
    assert means["paper"] != means["both"]
    with Image.open(sheet) as picture:
        assert picture.width == 2 * 48 + 8
    assert len(list(cache.iterdir())) == 1
    assert evaluate.run(arguments(*words)) == 0  # by what is kept
    assert json.loads(out.read_text())["means"] == means


@pytest.mark.slow
def test_a_model_is_judged_beside_its_references(
    tmp_path: Path, teacher: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "figures.json"
    words = [*SMALL, "--side", "64", "--teacher", teacher, "--reference", published(tmp_path)]
    words += ["--optimised", 2, "--json", out]
    assert evaluate.run(arguments(*words)) == 0
    shown = capsys.readouterr().out
    assert "match regret" in shown
    assert "NOT MET" in shown
    assert "not measured" not in shown
    figures = json.loads(out.read_text())
    assert figures["encoder"]["error"] > 0.5  # a teacher of random weights is no VGG-19
    assert len(figures["round_trip"]) == 4
    assert figures["round_trip"][0]["published_psnr"] < figures["round_trip"][0]["psnr"]
    ways = ["judged model", "VGG + 2 steps", "VGG + published"]
    assert list(figures["means"]) == list(figures["pictures"]) == ways
    for way, means in figures["means"].items():
        told = {name for name, value in means.items() if value is not None}
        assert told >= {"statistics", "palette", "distinct", "score_lost", "deviation", "faces"}
        assert told.issuperset({"pasted", "evenness", "cosine_lost"}) is (way == ways[0])
    assert 0.3 < figures["pasted_deviation"] < 1.1
    assert len(figures["gates"]) == 11


@pytest.mark.slow
def test_without_a_teacher_it_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate.run(arguments(*SMALL, "--side", "64")) == 0
    shown = capsys.readouterr().out
    assert "name it with --teacher" in shown
    assert shown.count("not measured") == 6
    row = next(line for line in shown.splitlines() if line.startswith("mean, judged model"))
    assert row.split().count("-") == 4
    assert float(row.split()[4]) > 0  # palette


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--optimised", "300"], "--teacher"),
        (["--reference", "x"], "--teacher"),
        (["--contents", "nobody"], "no photo 'nobody'"),
        (["--styles", "nothing"], "no style 'nothing'"),
        (["--styles", "woodcut", "woodcut"], "two pictures are named woodcut"),
        (["--size", "16"], "larger --size"),
        (["--compare", "best"], f"no variant 'best': use {next(iter(VARIANTS))}"),
        (["--settings", "patch_size=4"], "patch_size"),
        (["--sheet", "x.gif"], r"x\.gif"),
        (["--json", "none/x.json"], "does not exist"),
        (["--weights", "a", "b", "c"], "no more"),
        (["--weights", "a", "--inverse", "b"], "one or the other"),
        (["--encoder", "a"], "inverse network"),
    ],
)
def test_refusals_come_before_the_work(words: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        evaluate.open_session(arguments("--device", "cpu", *words))

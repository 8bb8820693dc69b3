"""`styleswap train` and `evaluate`: options and refusals; what they do is tested beside them."""

import re

TORN = "broken.safetensors is no readable safetensors file"


def test_options_are_those_of_the_training(command, quick):
    ended = command("train", "inverse", "--help")
    assert ended.code == 0
    assert ended.out.startswith("usage: styleswap train inverse")
    for flag in ("--encoder", "--minutes", "--resume", "--device"):
        assert re.search(rf"{flag}\b", ended.out)
    ended = quick("evaluate", "--help")
    assert ended.code == 0
    for flag in ("--weights", "--grid", "--teacher", "--settings", "--compare", "--sheet"):
        assert re.search(rf"{flag}\b", ended.out)


def test_refusals(command, quick, tmp_path):
    (tmp_path / "broken.safetensors").write_bytes(b"these are no weights")
    (tmp_path / "pictures").mkdir()
    folders = ["--photos", "pictures", "--paintings", "pictures", "--out", "out.safetensors"]
    for run, words, said in (
        (quick, ["train"], "required: COMMAND"),
        (quick, ["train", "everything"], "invalid choice: 'everything'"),
        (command, ["train", "encoder", "--teacher", "broken.safetensors", *folders], TORN),
        (quick, ["evaluate", "--weights", "broken.safetensors"], TORN),
        (quick, ["evaluate", "--settings", "matching=best"], "'best': must be one of"),
        (quick, ["evaluate", "--settings", "shine=1"], "'shine'"),
        (command, ["evaluate", "--model", "nothing"], "There is no model 'nothing'"),
    ):
        ended = run(*words)
        assert ended.code in (1, 2), words
        assert said in ended.complaint
    assert not (tmp_path / "out.safetensors").exists()

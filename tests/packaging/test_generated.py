"""What is generated is what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from console import generate


def test_the_files_of_the_checkout_are_fresh() -> None:
    assert generate.stale() == ()


def test_writing_makes_everything_fresh(tmp_path: Path) -> None:
    assert set(generate.write(tmp_path)) == set(generate.generated())
    assert generate.stale(tmp_path) == ()
    assert generate.write(tmp_path) == ()


def test_an_edit_a_loss_and_a_leftover_are_found_and_mended(tmp_path: Path) -> None:
    generate.write(tmp_path)
    edited, lost, left = (Path(".chalice", name) for name in ("config.json", "policy-patrol.json", "policy-gone.json"))
    (tmp_path / edited).write_text("{}")
    (tmp_path / lost).unlink()
    (tmp_path / left).write_text("{}")
    assert generate.stale(tmp_path) == (edited, left, lost)
    assert generate.write(tmp_path) == (edited, left, lost)
    assert generate.stale(tmp_path) == ()
    assert not (tmp_path / left).exists()


def test_the_check_names_what_is_stale_and_the_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        generate.say_what((Path(".chalice/config.json"),), check=True)
    said = capsys.readouterr().err
    assert ended.value.exit_code == 1
    assert ".chalice/config.json" in said
    assert "leak-responder generate" in said

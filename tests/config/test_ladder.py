import pytest

from recursive_roar.config.ladder import Ladder


def test_a_ladder_masks_a_part_in_some_round() -> None:
    assert [amount.value for amount in Ladder(name="relative", step=50).amounts().values()] == [50]
    assert len(Ladder(name="absolute", step=10).amounts()) == 1
    with pytest.raises(ValueError, match="step 100 leaves no round that masks a part: take one of at most 50"):
        Ladder(name="relative", step=100)


def test_a_byte_numbers_every_round() -> None:
    assert list(Ladder(name="absolute", step=2, last=510).amounts())[-1] == 255
    with pytest.raises(ValueError, match="steps of 2 up to 512 make 256 rounds, and 255 is the most"):
        Ladder(name="absolute", step=2, last=512)

import torch

from recursive_roar.optimizer import AMSGrad


def test_same_bits_as_the_class_of_torch() -> None:
    start = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(0))
    ours, theirs = ([torch.nn.Parameter(part.clone()) for part in start] for _ in range(2))
    decay = (0.1, 0.0)
    optimizer = AMSGrad([{"params": [p], "weight_decay": d} for p, d in zip(ours, decay, strict=True)], 0.01)
    reference = torch.optim.Adam(
        [{"params": [p], "weight_decay": d} for p, d in zip(theirs, decay, strict=True)],
        lr=0.01,
        amsgrad=True,
        fused=True,
    )
    for step in range(5):
        for parameters, stepper in ((ours, optimizer), (theirs, reference)):
            stepper.zero_grad()
            sum(((p - step) ** 3).sum() for p in parameters).backward()
            stepper.step()
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.equal(mine, other)
        assert not torch.equal(mine, start[0])

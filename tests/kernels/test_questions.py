"""Questions put to a kernel."""

from __future__ import annotations

import ast
from collections import Counter
from importlib import resources

import pytest

from jupyter_townie.failures import inspection
from jupyter_townie.kernels.client import KernelClient
from jupyter_townie.kernels.dryrun import run_trials
from jupyter_townie.kernels.questions import source
from jupyter_townie.kernels.variables import summarise

MODULES = sorted(
    file.name[:-3] for file in resources.files("jupyter_townie.kernels.inside").iterdir() if file.name.endswith(".py")
)


@pytest.mark.parametrize("module", MODULES)
def test_what_is_sent_stands_alone_and_gives_no_name_two_meanings(module: str) -> None:
    tree = ast.parse(source(module))
    made = Counter[str]()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            made[node.name] += 1
        elif isinstance(node, ast.Assign):
            made.update(target.id for target in node.targets if isinstance(target, ast.Name))
    assert [name for name, times in made.items() if times > 1] == []
    assert not any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))


async def test_names_that_the_user_has_given_another_meaning_do_no_harm(kernel: KernelClient) -> None:
    done = await kernel.execute("exec = compile = eval = open = __import__\nlist = dict = str = 5\ndata = [1, 2]")
    assert done.error is None
    assert [variable.length for variable in await summarise(kernel, ["data"], "types")] == [2]
    (trial,) = await run_trials(kernel, ["total = sum(data)"])
    assert trial.proof.status == "ran"
    failed = await kernel.execute("dta")
    assert failed.error is not None
    asked = inspection.expressions({"ename": "NameError", "wants": ["data"]})
    told = inspection.answer(await kernel.execute_silently("", asked))
    assert told is not None
    assert told["objects"]["data"]["length"] == 2

"""Variable summaries from real kernels, also from namespaces that do not want to be looked at."""

from __future__ import annotations

import asyncio
import time

import pytest

from jupyter_townie.kernels.client import KernelClient
from jupyter_townie.kernels.errors import KernelLanguage
from jupyter_townie.kernels.variables import Column, VariableSummary, names, post_mortem, summarise

HOSTILE = """
class Meta(type):
    @property
    def __name__(cls): touched.append("meta"); raise SystemExit
    def __eq__(cls, other): touched.append("eq"); return True
    __hash__ = None
class Hostile(metaclass=Meta):
    def __getattribute__(self, name): touched.append(name); raise KeyboardInterrupt
    def __repr__(self): touched.append("repr"); raise SystemExit
    def __len__(self): touched.append("len"); return 10 ** 9
    def __iter__(self): touched.append("iter"); return self
    def __next__(self): return self
touched = []
hostile = Hostile()
Hostile.__module__ = hostile
class Words(str):
    def __repr__(self): touched.append("str repr"); return "x"
    def __len__(self): touched.append("str len"); return 5
words = Words("secret")
nested = [hostile, {"k": hostile}]
loop = []
loop.append(loop)
huge = 10 ** 100000
long = "x" * 10_000_000
many = list(range(1_000_000))
globals()[1] = "no name"
"""


async def setup(kernel: KernelClient, code: str) -> None:
    done = await kernel.execute(code)
    assert done.error is None, done.error


async def one(kernel: KernelClient, name: str, privacy: str = "types") -> VariableSummary:
    (summary,) = await summarise(kernel, [name], privacy)  # type: ignore[arg-type]
    return summary


async def test_a_table_is_told_by_shape_columns_and_missing_values(kernel: KernelClient) -> None:
    await setup(kernel, "import pandas as pd\ndf = pd.DataFrame({'a': [1.5, None], 'b': [1, 2]})")
    summary = await one(kernel, "df")
    assert (summary.type, summary.shape) == ("DataFrame", (2, 2))
    assert summary.columns == (Column("a", "float64", 1), Column("b", "int64", 0))


async def test_sample_values_are_told_only_when_privacy_allows(kernel: KernelClient) -> None:
    await setup(kernel, "import pandas as pd\ndf = pd.DataFrame({'a': ['topsecret']})\nname = 'topsecret'")
    for privacy, told in (("types", False), ("values", True), ("outputs", True)):
        text = "\n".join(summary.text for summary in await summarise(kernel, None, privacy))  # type: ignore[arg-type]
        assert ("topsecret" in text) is told, privacy


async def test_privacy_code_asks_nothing_but_what_is_named(kernel: KernelClient) -> None:
    await setup(kernel, "a, b = 1, 2")
    assert await summarise(kernel, None, "code") == []
    assert [summary.name for summary in await summarise(kernel, ["a"], "code")] == ["a"]


async def test_arrays_are_told_by_shape_dtype_and_nans(kernel: KernelClient) -> None:
    await setup(kernel, "import numpy as np\narr = np.array([[1.0, np.nan], [2.0, 3.0]])")
    summary = await one(kernel, "arr")
    assert (summary.shape, summary.dtype, summary.missing) == ((2, 2), "float64", 1)


async def test_containers_are_told_by_length_and_types_of_items(kernel: KernelClient) -> None:
    await setup(kernel, "d = {'a': 1, 'b': 'x'}")
    summary = await one(kernel, "d")
    assert (summary.type, summary.length, summary.items) == ("dict", 2, ("int", "str"))


async def test_functions_are_told_when_named_only(kernel: KernelClient) -> None:
    await setup(kernel, "def f(a, *, b=1): pass\nx = 1")
    assert [summary.name for summary in await summarise(kernel, None, "types")] == ["x"]
    assert (await one(kernel, "f")).signature == "(a, b)"


async def test_names_that_do_not_exist_are_left_out(kernel: KernelClient) -> None:
    assert await summarise(kernel, ["nothing_here"], "types") == []


async def test_nothing_is_left_in_the_namespace_and_nothing_is_imported(kernel: KernelClient) -> None:
    look = "import sys\nprint(sorted(map(str, globals())), sorted(sys.modules))"
    seen: list[str] = []
    await setup(kernel, "x = 1")

    def printed(message: dict) -> None:
        seen.append(message["content"]["text"])

    await kernel.execute(look, printed, store_history=False)
    await summarise(kernel, None, "values")
    await names(kernel)
    await kernel.execute(look, printed, store_history=False)
    assert seen[0] == seen[1]


async def test_no_code_of_unknown_classes_is_run(kernel: KernelClient) -> None:
    await setup(kernel, HOSTILE)
    summaries = {summary.name: summary for summary in await summarise(kernel, None, "values")}
    await names(kernel)
    assert summaries["hostile"].type == "Hostile"
    assert summaries["words"].sample == ""
    assert summaries["nested"].items == ("Hostile", "dict")
    reply = await kernel.execute_silently("", {"touched": "touched"})
    assert reply["user_expressions"]["touched"]["data"]["text/plain"] == "[]"


async def test_a_namespace_with_shadowed_builtins_is_no_obstacle(kernel: KernelClient) -> None:
    await setup(kernel, "x = 1\nlen = list = type = str = print = exec = repr = None")
    assert (await one(kernel, "x", "values")).sample == "1"


async def test_time_and_size_are_bounded_in_a_crowded_namespace(kernel: KernelClient) -> None:
    await setup(
        kernel,
        "import pandas as pd\n"
        "wide = pd.DataFrame([[0] * 5000])\n"
        "globals().update({f'v{i}': 'x' * 500 for i in range(50_000)})",
    )
    began = time.monotonic()
    summaries = await summarise(kernel, None, "values")
    assert time.monotonic() - began < 1.5
    assert 10 < len(summaries) < 5000
    assert sum(len(summary.text) for summary in summaries) < 64 * 1024


async def test_a_wide_table_says_that_columns_are_missing(kernel: KernelClient) -> None:
    await setup(kernel, "import pandas as pd\nwide = pd.DataFrame([[0] * 500])")
    summary = await one(kernel, "wide")
    assert len(summary.columns) <= 60
    assert summary.text.endswith("... and more columns")


async def test_a_dataframe_subclass_of_the_user_is_told_by_type_alone(kernel: KernelClient) -> None:
    await setup(
        kernel,
        "import pandas as pd\n"
        "class Mine(pd.DataFrame):\n    @property\n    def columns(self): raise SystemExit\n"
        "mine = Mine({'a': [1]})",
    )
    summary = await one(kernel, "mine", "values")
    assert (summary.type, summary.shape) == ("Mine", None)


async def test_completion_lists_modules_functions_and_data(kernel: KernelClient) -> None:
    await setup(kernel, "import math\ndef f(): pass\nx = 1\n_hidden = 2")
    assert await names(kernel) == [("math", "module"), ("f", "function"), ("x", "int")]


async def test_the_last_result_and_error_of_the_user_stay(kernel: KernelClient) -> None:
    await kernel.execute("41 + 1")
    await kernel.execute("1 / 0")
    await summarise(kernel, None, "types")
    reply = await kernel.execute_silently("", {"x": "(_, __import__('sys').last_value)"})
    assert reply["user_expressions"]["x"]["data"]["text/plain"] == "(42, ZeroDivisionError('division by zero'))"


async def test_another_language_is_refused_with_its_name() -> None:
    with pytest.raises(KernelLanguage, match="julia"):
        await summarise(KernelClient(None, language="julia"), None, "types")


async def test_a_value_that_changes_in_another_thread_is_no_obstacle(kernel: KernelClient) -> None:
    await setup(
        kernel,
        "import threading, itertools\nd = {}\nstop = threading.Event()\n"
        "def churn():\n    for i in itertools.count():\n        d[i % 1000] = i; d.pop((i * 7) % 1000, None)\n"
        "        if stop.is_set(): return\n"
        "threading.Thread(target=churn, daemon=True).start()",
    )
    for _ in range(5):
        assert {"d", "stop"} <= {summary.name for summary in await summarise(kernel, None, "values")}
        await asyncio.sleep(0.01)
    await kernel.execute("stop.set()")


async def test_the_failed_frame_of_a_hostile_namespace_is_told(kernel: KernelClient) -> None:
    hostile = (
        "class Hostile:\n    def __getattr__(self, name): raise SystemExit\n"
        "    __repr__ = __len__ = __eq__ = __getattr__\n"
        "    @property\n    def shape(self): raise SystemExit\n\n"
        "def work(count):\n    hostile, rows = Hostile(), [1, 2]\n    return rows[count]\n\nwork(7)"
    )
    assert (await kernel.execute(hostile)).status == "error"
    told = await post_mortem(kernel, "IndexError", "types")
    assert told is not None
    assert (told.function, told.line) == ("work", 9)
    assert {variable.name: variable.type for variable in told.variables} == {
        "count": "int",
        "hostile": "Hostile",
        "rows": "list",
    }


async def test_values_of_locals_are_told_only_where_they_may_be(kernel: KernelClient) -> None:
    await kernel.execute("def work(secret):\n    return secret / 0\n\nwork(123456)")
    hidden = await post_mortem(kernel, "ZeroDivisionError", "types")
    shown = await post_mortem(kernel, "ZeroDivisionError", "values")
    assert hidden is not None
    assert shown is not None
    assert "123456" not in hidden.variables[0].text
    assert "123456" in shown.variables[0].text


async def test_an_error_of_another_name_is_not_looked_at(kernel: KernelClient) -> None:
    await kernel.execute("1 / 0")
    assert await post_mortem(kernel, "KeyError", "types") is None

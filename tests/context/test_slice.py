"""The slice of a notebook that a failing cell depends on."""

from __future__ import annotations

import pytest

from jupyter_townie.context.slice import slice_cells


def sliced(*sources: str, failing: int = -1, counts: list[int | None] | None = None) -> list[int]:
    names = [str(index) for index in range(len(sources))]
    executed = counts or [index + 1 for index in range(len(sources))]
    cells = list(zip(names, sources, executed, strict=True))
    return [int(name) for name in slice_cells(cells, names[failing])]


def test_only_the_cells_that_define_used_names_are_taken() -> None:
    assert sliced("a = 1", "b = 2", "a + 1") == [0]


def test_definitions_are_followed_to_their_own() -> None:
    assert sliced("a = 1", "z = 0", "b = a", "c = b", "c") == [3, 2, 0]


def test_the_last_definition_before_the_failing_cell_counts() -> None:
    assert sliced("a = 1", "a = 2", "a") == [1]


def test_a_redefinition_that_uses_the_old_value_keeps_both() -> None:
    assert sliced("a = [1]", "a = a + [2]", "a") == [1, 0]


def test_the_order_of_execution_decides_not_the_place() -> None:
    assert sliced("a = 1", "a = 2", "a", counts=[2, 1, 3]) == [0]


def test_cells_run_later_are_not_taken_when_another_provides_the_name() -> None:
    assert sliced("a = 1", "a", "a = 3", failing=1) == [0]


def test_a_cell_that_was_never_run_is_taken_when_nothing_else_defines_the_name() -> None:
    assert sliced("a = 1", "b = 2", "a", counts=[None, 1, 2]) == [0]


@pytest.mark.parametrize(
    "changing", ["a['x'] = 1", "a.x = 1", "a += [1]", "a.append(1)", "del a[0]", "a.sort_values('b', inplace=True)"]
)
def test_changes_in_place_are_part_of_it(changing: str) -> None:
    assert sliced("a = make", changing, "a") == [1, 0]


def test_reads_inside_functions_are_followed() -> None:
    assert sliced("rate = 2", "def f(x):\n    return x * rate", "f(1)") == [1, 0]


def test_names_of_a_function_s_own_are_not() -> None:
    assert sliced("x = 1", "def f(x):\n    y = x\n    return y", "f(2)") == [1]


def test_star_imports_provide_what_nobody_else_defines() -> None:
    assert sliced("from math import *", "b = 1", "sqrt(4)") == [0]


def test_magics_are_tolerated() -> None:
    assert sliced("%matplotlib inline\nimport numpy as np\n!ls", "%%time\nx = np.ones(3)", "x?\nx + 1") == [1, 0]


def test_a_cell_of_another_language_is_passed_over() -> None:
    assert sliced("%%bash\necho a", "a = 1", "a") == [1]


def test_a_name_declared_global_is_provided_by_the_function() -> None:
    assert sliced("def setup():\n    global conn\n    conn = 1", "setup()", "conn") == [0]


def test_an_unknown_cell_is_an_error() -> None:
    with pytest.raises(KeyError):
        slice_cells([("a", "1", 1)], "b")


def test_a_large_notebook_is_cut_to_a_fifth_and_keeps_every_definition() -> None:
    sources = []
    for part in range(40):
        sources += [
            f"raw_{part} = load({part})",
            f"clean_{part} = raw_{part}.dropna()",
            f"clean_{part}['x'] = {part}",
            f"def plot_{part}(d):\n    return d.plot(title='{part}')",
            f"plot_{part}(clean_{part})",
        ]
    sources.append("plot_7(clean_7)")
    kept = sliced(*sources)
    assert {35, 36, 37, 38} <= set(kept)
    assert sum(len(sources[index]) for index in kept) < sum(map(len, sources)) / 5


def test_looking_at_an_object_is_no_change_of_it() -> None:
    assert sliced("rows = load()", "rows.head()", "rows.info()", "rows.total") == [0]


def test_calls_on_a_module_are_no_changes_of_it() -> None:
    assert sliced("import plots as plt", "plt.show()", "plt.total") == [0]


def test_annotations_are_read_when_a_cell_runs() -> None:
    assert sliced("class Row: pass", "b = 1", "def f(row: Row) -> None: ...\nr: Row = None") == [0]


def test_the_name_of_a_caught_error_is_the_handler_s_own() -> None:
    assert sliced("e = 2.7", "b = 1", "try:\n    b\nexcept ValueError as e:\n    print(e)") == [1]

"""The rules, one idea in each file, in the order in which they are asked.

A rule takes a :class:`~jupyter_townie.failures.case.Case` and returns a fix, None when it does not apply, or an empty
dict when it knows that no rule after it should guess either.
"""

from __future__ import annotations

from importlib import import_module

from ..case import Rule

_SYNTAX = (
    "syntax_characters.pasted_prompts",
    "syntax_characters.after_continuation",
    "syntax_characters.odd_characters",
    "syntax_quotes.f_string_quotes",
    "syntax_python2.print_statement",
    "syntax_statements.shell_command",
    "syntax_operators.other_operators",
    "syntax_statements.missing_colon",
    "syntax_keywords.misspelt_keyword",
    "syntax_python2.other_statements",
    "syntax_statements.swapped_import",
    "syntax_statements.definition_without_parentheses",
    "syntax_statements.lambda_without_colon",
    "syntax_quotes.unclosed_string",
    "syntax_quotes.f_string_braces",
    "syntax_brackets.mismatched",
    "syntax_brackets.unclosed",
    "syntax_commas.missing_colon_of_pair",
    "syntax_commas.missing_comma",
    "syntax_indent.tabs_and_spaces",
    "syntax_indent.wrong_depth",
    "missing_await.async_definition",
)
_STALE = ("stale_definition.stale_code", "stale_definition.stale_result")
_EDITED = ("stale_definition.stale_value",)
"""Asked last: whether it helps has to be tried."""
_VALUES = (
    "removed_arguments.removed_keyword",
    "removed_arguments.removed_value",
    "misspelt_key.misspelt_key",
    "misspelt_option.misspelt_option",
    "rewritten_api.numeric_columns_only",
    "rewritten_api.listed_columns",
)

_RULES: dict[str, tuple[str, ...]] = {
    "SyntaxError": _SYNTAX,
    "IndentationError": (*_SYNTAX[-3:-1], *_SYNTAX[:-3]),
    "TabError": ("syntax_indent.tabs_and_spaces",),
    "NameError": (
        "run_order.missing_name",
        "wrong_self.attribute_without_self",
        "wrong_self.method_without_self",
        "well_known.other_language_names",
        "well_known.missing_import",
        "without_module.member_without_module",
        "length_function.length_function",
        "misspelt_name.misspelt_name",
    ),
    "UnboundLocalError": (),
    "AttributeError": (
        "unprepared_data.unprepared_data",
        "run_order.missing_attribute",
        "run_order.not_fitted",
        "returned_none.changed_in_place",
        "figure_and_axes.subplots_not_unpacked",
        "missing_axis.applied_by_row",
        "uncalled_method.uncalled_method",
        "call_or_item.instance_meant",
        "position_or_label.position_or_label",
        "parts_of_dates.parts_of_dates",
        "listed_views.listed_view",
        "changed_calls.replaced_call",
        "removed_members.removed_attribute",
        "removed_members.removed_method",
        "removed_arguments.removed_keyword",
        "rewritten_api.appended_frame",
        "rewritten_api.moving_window",
        "rewritten_api.factor_plot",
        "module_or_member.parent_module",
        "module_or_member.member_of_module",
        "module_or_member.module_of_member",
        "module_or_member.unimported_submodule",
        "object_idioms.decoded_text",
        "object_idioms.next_of_iterator",
        "object_idioms.loaded_text",
        "iterated.formatted_print",
        "missing_await.missing_await",
        "misspelt_keyword.misspelt_keyword",
        "abbreviated_keyword.abbreviated_keyword",
        "misspelt_option.misspelt_option",
        "object_idioms.other_method",
        "misspelt_attribute.misspelt_attribute",
        "misspelt_attribute.misspelt_member",
        "plural_attribute.plural_attribute",
    ),
    "ModuleNotFoundError": (
        "unwritten_files.missing_module",
        "moved_imports.moved_import",
        "missing_package.missing_package",
        "misspelt_import.misspelt_module",
    ),
    "ImportError": (
        "moved_imports.moved_import",
        "imported_elsewhere.imported_elsewhere",
        "misspelt_import.misspelt_member",
        "missing_package.missing_package",
    ),
    "KeyError": (
        "run_order.missing_key",
        "missing_axis.dropped_column",
        "missing_axis.applied_by_row",
        "rewritten_api.listed_columns",
        "misspelt_key.misspelt_key",
        "misspelt_option.misspelt_option",
    ),
    "TypeError": (
        "stale_definition.stale_function",
        "unprepared_data.unprepared_data",
        "missing_await.missing_await",
        "missing_await.async_context",
        "wrong_self.method_without_self",
        "call_or_item.instance_meant",
        "module_or_member.member_of_module",
        "removed_arguments.removed_keyword",
        "rewritten_api.filled_by_method",
        "rewritten_api.root_mean_squared",
        "rewritten_api.projection_of_axes",
        "rewritten_api.numeric_columns_only",
        "rewritten_api.aggregated_by_level",
        "changed_calls.resampled_how",
        "changed_calls.loaded_safely",
        "object_idioms.dumped_text",
        "listed_arguments.joined_arrays",
        "listed_arguments.shape_of_array",
        "listed_arguments.sizes_one_by_one",
        "keyword_only.keyword_only",
        "by_position.by_position",
        "misspelt_keyword.misspelt_keyword",
        "abbreviated_keyword.abbreviated_keyword",
        "call_or_item.item_of_view",
        "listed_views.listed_view",
        "call_or_item.called_with_brackets",
        "call_or_item.called_property",
        "call_or_item.title_of_axes",
        "call_or_item.item_with_parentheses",
        "call_or_item.indexer_called",
        "uncalled_method.uncalled_method",
        "figure_and_axes.figure_unpacked",
        "whole_division.whole_division",
        "elementwise.elementwise",
        "combined_masks.unbracketed_masks",
        "concatenation.text_and_number",
        "concatenation.written_number",
        "counted_loops.loop_over_length",
        "iterated.items_of_dictionary",
        "iterated.joined_numbers",
        "iterated.formatted_print",
        "syntax_python2.print_to_file",
        "misspelt_init.misspelt_init",
    ),
    "ValueError": (
        "unprepared_data.unprepared_data",
        "iterated.items_of_dictionary",
        "combined_masks.combined_masks",
        "combined_masks.unbracketed_masks",
        "one_column.one_column",
        # What SQLite's module raises before Python 3.11.
        "single_parameter.single_parameter",
        "bytes_as_array.bytes_as_array",
        *_VALUES,
    ),
    "IndexError": ("whole_division.whole_division", *_VALUES),
    "UFuncTypeError": ("concatenation.text_and_number",),
    "FileNotFoundError": ("unwritten_files.missing_file", "misspelt_file.misspelt_file"),
    "RuntimeError": ("missing_await.running_loop",),
    "NotFittedError": ("run_order.not_fitted",),
    "OSError": (
        "unwritten_files.missing_file",
        "removed_arguments.removed_value",
        "misspelt_option.misspelt_option",
        "misspelt_file.misspelt_file",
    ),
    "OperationalError": ("missing_table.missing_table", *_VALUES),
    "DatabaseError": ("missing_table.missing_table", *_VALUES),
    "ProgrammingError": ("single_parameter.single_parameter", *_VALUES),
    "LookupError": ("misspelt_option.misspelt_option",),
}
_RULES["_OSError"] = _RULES["OSError"]
_NOT_RUN = ("SyntaxError", "IndentationError", "TabError")
"""Errors of the parser, before anything runs."""


def rules_for(ename: str) -> list[Rule]:
    """The rules for an error's name; those for other errors look at values that a library refused."""
    rules = _RULES.get(ename, _VALUES)
    return [_rule(path) for path in (rules if ename in _NOT_RUN else (*_STALE, *rules, *_EDITED))]


def every_rule() -> list[Rule]:
    return [
        _rule(path)
        for path in sorted({path for paths in (*_RULES.values(), _VALUES, _STALE, _EDITED) for path in paths})
    ]


def _rule(path: str) -> Rule:
    module, _, name = path.partition(".")
    rule: Rule = getattr(import_module(f"{__name__}.{module}"), name)
    return rule

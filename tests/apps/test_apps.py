"""Which apps there are, what they were allowed, and what is known of them."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps import AppRefused, NoSuchApp, observation

from .working import Workspace, answering


@pytest.mark.parametrize(
    ("title", "name", "folder"),
    [
        ("Guest book", "", "apps/guest-book"),
        ("Gäste Büch, größer!", "", "apps/gaeste-buech-groesser"),
        ("Gro\u0308ße", "", "apps/groesse"),
        ("Crème brûlée", "", "apps/creme-brulee"),
        ("Notes", "../../etc/passwd", "apps/etc-passwd"),
        ("Notes", "..", "apps/notes"),
        ("家計簿 2", "", "apps/2"),
        ("家計簿/../帳", "", "apps/家計簿-帳"),
        ("…", "", "apps/app"),
    ],
)
async def test_new_app_lies_in_a_folder_with_a_plain_name(
    workspace: Workspace, title: str, name: str, folder: str
) -> None:
    assert (await workspace.apps.create("web", title, name)).path == folder


async def test_name_that_exists_gets_a_number(workspace: Workspace) -> None:
    await workspace.apps.create("web", "Notes")
    assert (await workspace.apps.create("web", "Notes")).path == "apps/notes-2"


async def test_kind_that_is_no_folder_is_refused(workspace: Workspace) -> None:
    with pytest.raises(AppRefused, match="not a folder"):
        await workspace.apps.create("widgets", "Slider")


async def test_equal_names_in_different_folders_have_different_ids(workspace: Workspace) -> None:
    one, other = workspace.make({}, path="apps/notes"), workspace.make({}, path="old/notes")
    assert one.id != other.id


async def test_file_belongs_to_the_app_around_it(workspace: Workspace) -> None:
    app = workspace.make({"static/js/a.js": ""})
    assert workspace.apps.of("apps/one/static/js/a.js") == app


@pytest.mark.parametrize("path", ["readme.md", "apps", "", "../apps/one", "apps/one/../../x"])
async def test_file_elsewhere_belongs_to_no_app(workspace: Workspace, path: str) -> None:
    workspace.make({})
    assert workspace.apps.of(path) is None


async def test_what_is_allowed_to_an_app_is_not_to_one_whose_name_looks_the_same(workspace: Workspace) -> None:
    names = ("gr\u00fc\u00dfe", "gru\u0308\u00dfe", "Gr\u00fc\u00dfe")
    for name in names:
        folder = workspace.root / "apps" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "townie.toml").write_text('kind = "fullstack"')
    if len(list((workspace.root / "apps").iterdir())) < len(names):
        pytest.skip("this file system takes them for one")
    first, *others = workspace.apps.list()
    workspace.apps.allow(first.id)
    assert len({app.id for app in (first, *others)}) == len(names)
    assert [workspace.apps.consented(app.id) for app in others] == [False, False]


async def test_folder_that_is_a_link_out_of_the_workspace_is_no_app(workspace: Workspace) -> None:
    outside = workspace.root.parent / "outside"
    outside.mkdir()
    (outside / "townie.toml").write_text('kind = "web"')
    (workspace.root / "link").symlink_to(outside)
    assert workspace.apps.of("link") is None


async def test_app_outside_of_the_folder_of_apps_is_listed_once_it_was_seen(workspace: Workspace) -> None:
    workspace.make({}, path="work/report")
    assert [info.path for info in workspace.apps.list()] == ["work/report"]


@pytest.mark.parametrize("path", ["apps/report", "report"])
async def test_apps_in_their_folder_and_at_the_top_of_the_workspace_are_listed_unseen(
    workspace: Workspace, path: str
) -> None:
    folder = workspace.root / path
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text('kind = "web"')
    assert [info.path for info in workspace.apps.list()] == [path]


async def test_app_whose_folder_is_gone_is_no_app(workspace: Workspace) -> None:
    app = workspace.make({})
    app.folder.rename(workspace.root / "elsewhere")
    with pytest.raises(NoSuchApp):
        workspace.apps.get(app.id)


async def test_broken_manifest_is_listed_with_what_is_wrong(workspace: Workspace) -> None:
    app = workspace.make({}, manifest="kind = 1")
    info = workspace.apps.info(app.id)
    assert (info.phase, info.problem is not None and info.problem.code) == ("failed", "bad_manifest")


# ------------------------------------------------------------------------------------------------------------- consent


async def test_page_that_asks_for_nothing_needs_no_consent(workspace: Workspace) -> None:
    assert workspace.apps.consented(workspace.make({}, manifest='kind = "web"').id)


async def test_code_does_not_run_before_it_was_allowed(workspace: Workspace) -> None:
    app = workspace.make({"app.py": answering("def answer(path): return 1")})
    with pytest.raises(AppRefused) as caught:
        await workspace.apps.endpoint(app.id)
    assert caught.value.problem.code == "consent"


async def test_consent_holds_for_changed_code(workspace: Workspace) -> None:
    app = workspace.allowed("x = 1")
    workspace.write(app, "app.py", "x = 2")
    assert workspace.apps.consented(app.id)


async def test_asking_for_more_needs_a_new_consent(workspace: Workspace) -> None:
    app = workspace.allowed("")
    workspace.write(app, "townie.toml", 'kind = "fullstack"\n[permissions]\nllm = true')
    assert not workspace.apps.consented(app.id)


async def test_asking_for_less_keeps_the_consent(workspace: Workspace) -> None:
    app = workspace.allowed("", manifest='kind = "fullstack"\n[permissions]\nllm = true')
    workspace.write(app, "townie.toml", 'kind = "fullstack"')
    assert workspace.apps.consented(app.id)


async def test_another_app_at_the_same_place_is_asked_about_anew(workspace: Workspace) -> None:
    app = workspace.allowed("app = 1")
    shutil.rmtree(app.folder)
    assert not workspace.apps.consented(workspace.make({"app.py": "app = 2"}).id)


async def test_mark_of_a_consent_is_not_written_through_a_link(workspace: Workspace, tmp_path: Path) -> None:
    app = workspace.make({"app.py": "app = 1"})
    (tmp_path / "elsewhere").mkdir()
    (app.folder / "data").symlink_to(tmp_path / "elsewhere")
    workspace.apps.allow(app.id)
    assert list((tmp_path / "elsewhere").iterdir()) == []


async def test_secret_is_kept_and_its_value_is_not_told(workspace: Workspace) -> None:
    app = workspace.make({})
    await workspace.apps.keep_secrets(app.id, {"KEY": "hunter2"})
    info = workspace.apps.info(app.id)
    assert info.secrets == [p.AppSecret(name="KEY", kept=True)]
    assert "hunter2" not in info.model_dump_json()


async def test_secret_is_nowhere_in_the_workspace(workspace: Workspace) -> None:
    app = workspace.make({})
    await workspace.apps.keep_secrets(app.id, {"KEY": "hunter2"})
    assert not [file for file in workspace.root.rglob("*") if file.is_file() and b"hunter2" in file.read_bytes()]


async def test_another_app_at_the_same_place_does_not_get_the_secret(workspace: Workspace) -> None:
    app = workspace.make({})
    await workspace.apps.keep_secrets(app.id, {"KEY": "hunter2"})
    shutil.rmtree(app.folder)
    assert workspace.apps.info(workspace.make({}).id).secrets == []


async def test_secret_with_a_bad_name_is_refused_with_the_remedy(workspace: Workspace) -> None:
    with pytest.raises(AppRefused, match="can not be the name"):
        await workspace.apps.keep_secrets(workspace.make({}).id, {"MY KEY": "x"})


# ------------------------------------------------------------------------------------------------------------ failures


def report(message: str = "x is not defined", **more: object) -> p.AppReport:
    return p.AppReport.model_validate({"kind": "error", "message": message, "name": "ReferenceError", **more})


async def test_same_failure_is_counted_once(workspace: Workspace) -> None:
    app = workspace.make({}, manifest="")
    for _ in range(3):
        workspace.apps.report(app.id, report())
    assert [failure.count for failure in workspace.apps.failures(app.id)] == [3]


async def test_position_points_into_the_app_and_the_capability_is_cut_out(workspace: Workspace) -> None:
    app = workspace.make({}, manifest="")
    place = f"http://h:1/base/townie/apps/{app.id}/{'s3cret' * 5}/js/app.js"
    workspace.apps.report(app.id, report(f"bad at {place}", stack=f"Error: no\n    at go ({place}:3:5)\n"))
    failure = workspace.apps.failures(app.id)[0].failure
    assert [(frame.file, frame.line, frame.function) for frame in failure.frames] == [("apps/one/js/app.js", 3, "go")]
    assert "s3cret" not in failure.model_dump_json()


async def test_stack_of_firefox_is_read(workspace: Workspace) -> None:
    app = workspace.make({}, manifest="")
    place = f"http://h:1/townie/apps/{app.id}/{'s' * 40}/app.js"
    workspace.apps.report(app.id, report(stack=f"go@{place}:7:1\n@{place}:9:2\n"))
    assert [frame.line for frame in workspace.apps.failures(app.id)[0].failure.frames] == [7, 9]


async def test_page_that_is_about_to_be_loaded_anew_has_no_failures_any_more(workspace: Workspace) -> None:
    app = workspace.make({}, manifest='kind = "web"')
    workspace.watch(app)
    workspace.apps.ready(app.id, p.AppReady(document="old"))
    workspace.apps.report(app.id, report("of the old one", document="old"))
    await workspace.apps.changed(app.id, ["apps/one/index.html"])
    workspace.apps.report(app.id, report("of its end", document="old"))
    workspace.apps.ready(app.id, p.AppReady(document="new"))
    workspace.apps.report(app.id, report("of the new one", document="new"))
    assert [one.failure.evalue for one in workspace.apps.failures(app.id)] == ["of the new one"]


async def test_failures_that_differ_in_a_number_are_one(workspace: Workspace) -> None:
    app = workspace.make({}, manifest='kind = "web"')
    for number in range(5):
        workspace.apps.report(app.id, report(f"row {number} is missing"))
    (told,) = workspace.apps.failures(app.id)
    assert (told.failure.evalue, told.count) == ("row 0 is missing", 5)


@pytest.mark.parametrize(
    "consequence",
    [report("The page is empty", kind="blank"), report("Reply: LookupError('no such guest')", kind="console", name="")],
)
async def test_page_that_suffers_from_its_backend_has_no_failure_of_its_own(
    workspace: Workspace, consequence: p.AppReport
) -> None:
    app = workspace.allowed(answering("def answer(path):\n    raise LookupError('no such guest')\n"))
    await workspace.get(app)
    await workspace.failure(app)
    workspace.apps.report(app.id, consequence)
    workspace.apps.report(app.id, report("something else", kind="console"))
    assert [one.failure.source for one in workspace.apps.failures(app.id)] == ["backend", "browser"]


async def test_script_of_a_framework_is_no_file_of_the_app(workspace: Workspace) -> None:
    app = workspace.make({"app.py": "", "static/js/mine.js": ""})
    place = "http://localhost/base/townie/apps/one-000000/" + "k" * 40
    stack = f"Error: no\n    at a ({place}/js/mine.js:3:5)\n    at b ({place}/assets/theirs.js:1:9)\n"
    workspace.apps.report(app.id, report(stack=stack))
    frames = workspace.apps.failures(app.id)[0].failure.frames
    assert [(frame.file, frame.user) for frame in frames] == [
        ("apps/one/static/js/mine.js", True),
        ("assets/theirs.js", False),
    ]


async def test_flood_of_reports_is_bounded(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = workspace.make({}, manifest="")
    second = time.time()
    # However slow this machine is, they come within a second.
    monkeypatch.setattr(observation, "time", SimpleNamespace(time=lambda: second, monotonic=time.monotonic))
    kept = [workspace.apps.report(app.id, report(f"number {n}" * 2_000)) for n in range(500)]
    assert sum(one is not None for one in kept) == 20
    second += 1
    assert workspace.apps.report(app.id, report("a second later")) is not None
    assert len(workspace.apps.failures(app.id)) <= 50


async def test_watcher_hears_what_is_known_and_what_comes(workspace: Workspace) -> None:
    app = workspace.make({}, manifest="")
    workspace.watch(app)
    assert [frame.frame for frame in workspace.frames] == ["state"]
    workspace.apps.report(app.id, report())
    await workspace.until(lambda: len(workspace.frames) >= 2)
    told = workspace.frames[1]
    assert isinstance(told, p.AppStateFrame)
    assert (len(told.failures), told.app.failures) == (1, 1)


async def test_watcher_that_left_hears_nothing(workspace: Workspace) -> None:
    app = workspace.make({}, manifest="")
    leave = workspace.watch(app)
    leave()
    workspace.frames.clear()
    workspace.apps.tell(app.id, p.AppReloadFrame(reason="files"))
    assert workspace.frames == []


async def test_watcher_that_comes_while_a_page_is_written_is_told_to_watch_it(workspace: Workspace) -> None:
    app = workspace.make({}, manifest="")
    draft = workspace.apps.drafts.open("apps/one/index.html")
    workspace.watch(app)()
    draft.write("<h1>Hel")
    workspace.watch(app)()
    draft.end()
    workspace.watch(app)()
    told = [frame.page for frame in workspace.frames if isinstance(frame, p.AppStateFrame)]
    assert told == ["", "apps/one/index.html", ""]


async def test_watcher_that_fails_keeps_nothing_from_the_others(workspace: Workspace) -> None:
    app = workspace.make({}, manifest="")

    def broken(frame: p.AppFrame) -> None:
        raise RuntimeError

    workspace.apps.subscribe(app.id, broken)
    workspace.watch(app)
    workspace.frames.clear()
    workspace.apps.tell(app.id, p.AppReloadFrame(reason="files"))
    assert [frame.frame for frame in workspace.frames] == ["reload"]


# ------------------------------------------------------------------------------------------------------------- changes


async def test_persons_own_edit_loads_the_page_anew(workspace: Workspace) -> None:
    app = workspace.make({"index.html": "one"}, manifest='kind = "web"')
    workspace.watch(app)
    workspace.write(app, "index.html", "two")
    await workspace.until(lambda: any(frame.frame == "reload" for frame in workspace.frames))
    frame = next(frame for frame in workspace.frames if isinstance(frame, p.AppReloadFrame))
    assert (frame.reason, frame.paths) == ("files", ["apps/one/index.html"])


async def test_change_that_townie_wrote_is_told_once(workspace: Workspace) -> None:
    app = workspace.make({"index.html": "one"}, manifest='kind = "web"')
    workspace.watch(app)
    workspace.write(app, "index.html", "two")
    await workspace.apps.changed(app.id, ["apps/one/index.html"])
    await asyncio.sleep(0.8)
    assert sum(frame.frame == "reload" for frame in workspace.frames) == 1


async def test_what_the_app_itself_keeps_is_no_change(workspace: Workspace) -> None:
    app = workspace.make({"index.html": "one"}, manifest='kind = "web"')
    workspace.watch(app)
    (app.folder / "data").mkdir()
    workspace.write(app, "data/app.sqlite", "x")
    await asyncio.sleep(0.8)
    assert not any(frame.frame == "reload" for frame in workspace.frames)


async def test_nothing_is_loaded_anew_while_a_turn_writes(workspace: Workspace) -> None:
    app = workspace.make({"index.html": "one"}, manifest='kind = "web"')
    workspace.watch(app)
    workspace.apps.set_writing(app.id, True)
    workspace.write(app, "index.html", "two")
    await asyncio.sleep(0.8)
    assert not any(frame.frame == "reload" for frame in workspace.frames)


async def test_failures_of_the_page_are_forgotten_when_it_changes(workspace: Workspace) -> None:
    app = workspace.make({}, manifest='kind = "web"')
    workspace.apps.report(app.id, report())
    await workspace.apps.changed(app.id, ["apps/one/index.html"])
    assert list(workspace.apps.failures(app.id)) == []


async def test_folder_that_goes_is_told_to_those_who_watch(workspace: Workspace) -> None:
    app = workspace.make({}, manifest='kind = "web"')
    workspace.watch(app)
    app.folder.rename(workspace.root / "away")
    await workspace.until(
        lambda: any(isinstance(frame, p.AppReloadFrame) and frame.reason == "folder" for frame in workspace.frames)
    )


# ------------------------------------------------------------------------------------------------------------ settling


async def test_app_settles_once_its_page_has_loaded(workspace: Workspace) -> None:
    app = workspace.make({}, manifest='kind = "web"')
    workspace.watch(app)
    since = time.time()
    await workspace.apps.changed(app.id, ["apps/one/index.html"])
    asyncio.get_running_loop().call_later(0.2, workspace.apps.ready, app.id, p.AppReady(document="d"))
    settled = await workspace.apps.settle(app.id, since)
    assert (settled.loaded, settled.watched, settled.failures) == (True, True, [])


async def test_failure_that_comes_while_it_settles_is_told(workspace: Workspace) -> None:
    app = workspace.make({}, manifest='kind = "web"')
    since = time.time()
    asyncio.get_running_loop().call_later(0.1, workspace.apps.report, app.id, report())
    settled = await workspace.apps.settle(app.id, since)
    assert [one.failure.ename for one in settled.failures] == ["ReferenceError"]


async def test_page_that_never_loads_is_said_not_to_have_loaded(workspace: Workspace) -> None:
    app = workspace.make({}, manifest='kind = "web"')
    workspace.watch(app)
    await workspace.apps.changed(app.id, ["apps/one/index.html"])
    settled = await workspace.apps.settle(app.id, time.time(), timeout=0.5)
    assert (settled.loaded, settled.watched) == (False, True)

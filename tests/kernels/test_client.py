"""KernelClient on real kernels."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from jupyter_client.asynchronous import AsyncKernelClient

from jupyter_townie.kernels.client import KernelClient
from jupyter_townie.kernels.errors import KernelBusy, KernelDied, KernelTimeout
from jupyter_townie.kernels.vitals import LOOK


async def test_it_knows_language_and_status_once_started(kernel: KernelClient) -> None:
    assert (kernel.language, kernel.status) == ("python", "idle")


async def test_outputs_arrive_in_order_while_the_cell_runs(kernel: KernelClient) -> None:
    seen: list[tuple[str, float]] = []
    code = "import time\nprint('one', flush=True)\ntime.sleep(0.6)\nprint('two')\n40 + 2"
    done = await kernel.execute(code, lambda message: seen.append((message["msg_type"], time.monotonic())))
    assert [kind for kind, _ in seen] == ["stream", "stream", "execute_result"]
    assert seen[1][1] - seen[0][1] > 0.4
    assert done.status == "ok"
    assert 0.5 < done.seconds < 5


async def test_an_error_comes_back_with_its_traceback(kernel: KernelClient) -> None:
    done = await kernel.execute("{}['missing']")
    assert done.error is not None
    assert (done.status, done.error.ename, done.error.evalue) == ("error", "KeyError", "'missing'")
    assert "KeyError" in done.error.traceback[-1]


async def test_input_is_refused_instead_of_waiting_for_ever(kernel: KernelClient) -> None:
    done = await kernel.execute("input('name?')", timeout=10)
    assert done.error is not None
    assert done.error.ename == "StdinNotImplementedError"


async def test_a_silent_request_leaves_count_and_history_alone(kernel: KernelClient) -> None:
    before = (await kernel.execute("pass")).execution_count
    reply = await kernel.execute_silently("silent_value = 1", {"seen": "silent_value + 1"})
    after = await kernel.execute("In[-2]")
    assert reply["user_expressions"]["seen"]["data"]["text/plain"] == "2"
    assert before is not None
    assert after.execution_count == before + 1


async def test_two_requests_at_once_get_their_own_answers(kernel: KernelClient) -> None:
    first, second = await asyncio.gather(
        kernel.execute_silently("", {"x": "'first'"}), kernel.execute_silently("", {"x": "'second'"})
    )
    texts = [reply["user_expressions"]["x"]["data"]["text/plain"] for reply in (first, second)]
    assert texts == ["'first'", "'second'"]


async def test_an_answer_that_came_before_the_next_request_was_sent_is_not_left_lying(kernel: KernelClient) -> None:
    async def later() -> dict[str, Any]:
        time.sleep(0.5)  # the loop is held up: the first answer is there, and nobody has read it
        return await kernel.execute_silently("", {"x": "'second'"})

    replies = await asyncio.gather(kernel.execute_silently("", {"x": "'first'"}), later())
    assert [reply["user_expressions"]["x"]["data"]["text/plain"] for reply in replies] == ["'first'", "'second'"]


async def test_a_busy_kernel_refuses_silent_work_and_is_not_interrupted(kernel: KernelClient) -> None:
    running = asyncio.create_task(kernel.execute("import time; time.sleep(1); 'done'"))
    await asyncio.sleep(0.3)
    with pytest.raises(KernelBusy):
        await kernel.execute_silently("1")
    assert (await running).status == "ok"


async def test_silent_work_waits_for_a_busy_kernel_when_asked_to(kernel: KernelClient) -> None:
    running = asyncio.create_task(kernel.execute("import time; time.sleep(0.8)"))
    await asyncio.sleep(0.2)
    assert (await kernel.execute_silently("", wait=10))["status"] == "ok"
    assert running.done()
    await running


async def test_a_client_that_comes_later_sees_that_the_kernel_is_busy(
    kernel: KernelClient, kernel_process: Any
) -> None:
    running = asyncio.create_task(kernel.execute("import time; time.sleep(2)"))
    await asyncio.sleep(0.3)
    client = AsyncKernelClient()
    client.load_connection_info(kernel_process.get_connection_info())
    async with KernelClient(client) as late:
        assert late.status == "busy"
        assert late.language == "python"
        await late.wait_until_idle(10)
        assert late.status == "idle"
    await running


async def test_a_cell_over_its_time_is_left_running(kernel: KernelClient) -> None:
    with pytest.raises(KernelTimeout):
        await kernel.execute("import time; time.sleep(1.2); finished = True", timeout=0.3)
    reply = await kernel.execute_silently("", {"x": "finished"}, wait=10)
    assert reply["user_expressions"]["x"]["data"]["text/plain"] == "True"


async def test_stopping_does_not_interrupt_the_kernel(kernel: KernelClient) -> None:
    running = asyncio.create_task(kernel.execute("import time; time.sleep(1); went_on = True"))
    await asyncio.sleep(0.3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    reply = await kernel.execute_silently("", {"x": "went_on"}, wait=10)
    assert reply["user_expressions"]["x"]["data"]["text/plain"] == "True"


async def test_an_output_handler_that_fails_is_reported_and_others_go_on(kernel: KernelClient) -> None:
    def fail(_: dict[str, Any]) -> None:
        raise RuntimeError("handler")

    with pytest.raises(RuntimeError, match="handler"):
        await kernel.execute("print(1)", fail)
    assert (await kernel.execute("1")).status == "ok"


async def test_output_that_is_not_utf8_is_no_obstacle(kernel: KernelClient) -> None:
    seen: list[Any] = []
    await kernel.execute("import os; os.write(1, b'\\xff\\xfe ok\\n'); print('\\udc80')", seen.append)
    assert (await kernel.execute("1")).status == "ok"


async def test_a_kernel_that_dies_ends_the_request_at_once(own_kernel: Any) -> None:
    async with KernelClient(own_kernel.client()) as kernel:
        began = time.monotonic()
        with pytest.raises(KernelDied):
            await kernel.execute("import os; os._exit(1)")
        assert time.monotonic() - began < 5
        assert kernel.status == "dead"
        with pytest.raises(KernelDied):
            await kernel.execute_silently("1")


async def test_a_restart_ends_the_request_and_the_client_works_on(own_kernel: Any) -> None:
    async with KernelClient(own_kernel.client()) as kernel:
        running = asyncio.create_task(kernel.execute("import time; time.sleep(60)"))
        await asyncio.sleep(0.5)
        await own_kernel.restart_kernel(now=True)
        with pytest.raises(KernelDied, match="restarted"):
            await asyncio.wait_for(running, 20)
        assert (await kernel.execute("1 + 1", timeout=20)).status == "ok"


async def test_a_restart_that_takes_long_is_no_death(own_kernel: Any, monkeypatch: Any) -> None:
    starts = own_kernel.provisioner.pre_launch

    async def slowly(**options: Any) -> Any:
        await asyncio.sleep(2 * LOOK)
        return await starts(**options)

    async with KernelClient(own_kernel.client()) as kernel:
        running = asyncio.create_task(kernel.execute("import time; time.sleep(60)"))
        await asyncio.sleep(0.5)
        monkeypatch.setattr(type(own_kernel.provisioner), "pre_launch", lambda self, **options: slowly(**options))
        await own_kernel.restart_kernel(now=True)
        with pytest.raises(KernelDied, match="restarted"):
            await asyncio.wait_for(running, 20)
        assert (await kernel.execute("1 + 1", timeout=20)).status == "ok"


async def test_a_restart_of_an_idle_kernel_does_not_fail_the_next_request(own_kernel: Any) -> None:
    async with KernelClient(own_kernel.client()) as kernel:
        await kernel.execute("x = 1")
        await own_kernel.restart_kernel(now=True)
        done = await kernel.execute("x", timeout=20)
        assert done.error is not None
        assert done.error.ename == "NameError"


async def test_two_clients_of_one_manager_do_not_take_each_others_replies(own_kernel: Any) -> None:
    async with KernelClient(own_kernel.client()) as first, KernelClient(own_kernel.client()) as second:
        assert (await second.execute("1", timeout=10)).status == "ok"
        assert (await first.execute("1", timeout=10)).status == "ok"


async def test_a_dead_kernel_is_refused_at_the_start(own_kernel: Any) -> None:
    await own_kernel.shutdown_kernel(now=True)
    with pytest.raises(KernelDied):
        await KernelClient(own_kernel.client()).start()

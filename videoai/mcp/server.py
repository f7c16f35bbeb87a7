"""The tools over standard input and output, as the protocol has it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    ImageContent,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from videoai.errors import BadInput, VideoAiError, unforeseen
from videoai.language import json_text, say, shown
from videoai.mcp.tools import LONGEST_WAIT, Desk, Told, Verb, is_going_on
from videoai.version import __version__

_LOOK_SECONDS = 0.5

_log = logging.getLogger("videoai.mcp")

Context = ServerRequestContext[Any, Any]


def serve(desk: Desk) -> None:
    """Answer until the client has gone."""
    try:
        anyio.run(partial(_serve, desk))
    except Exception as error:
        if not _is_broken_pipe(error):
            raise


def _is_broken_pipe(error: BaseException) -> bool:
    """Whether the client hears no more, and nothing else is wrong: what fails in a group of tasks comes in one."""
    within = getattr(error, "exceptions", ())
    return all(map(_is_broken_pipe, within)) if within else isinstance(error, BrokenPipeError)


async def _serve(desk: Desk) -> None:
    verbs = {verb.name: verb for verb in desk.verbs()}

    async def list_tools(context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_described(verb) for verb in verbs.values()])

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        try:
            verb = verbs.get(params.name)
            if verb is None:
                raise BadInput(
                    say("There is no tool “{name}”.", name=params.name[:40]),
                    say("Use one of {names}.", names=", ".join(verbs)),
                )
            arguments = verb.checked(params.arguments or {})
            told = await (_followed if verb.waits else _done)(context, verb, arguments)
        except VideoAiError as error:
            return _refused(error)
        except Exception as error:  # nobody has foreseen it: the next call may do better
            _log.exception("%s failed", params.name[:40])
            return _refused(unforeseen(error))
        return _answer(told)

    server: Server[Any] = Server(
        "videoai",
        version=__version__,
        title="VideoAi",
        instructions=shown(say("Turns photos into short videos on this computer. Nothing leaves it through VideoAi.")),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


async def _done(context: Context, verb: Verb, arguments: Mapping[str, Any]) -> Told:
    """In a thread: a photo takes seconds to read, and others may ask meanwhile."""
    return await anyio.to_thread.run_sync(partial(verb.run, **arguments))


async def _followed(context: Context, verb: Verb, arguments: Mapping[str, Any]) -> Told:
    """As it is in the end, or when the time is up; the client hears of each step, if it wants to."""
    seconds = arguments.get("seconds", verb.properties["seconds"]["default"])
    if not 0 <= seconds <= LONGEST_WAIT:
        raise BadInput(
            say("seconds must be a number from 0 to {most}.", most=LONGEST_WAIT), say("Call it again to wait longer.")
        )
    end, last = time.monotonic() + seconds, -1
    while True:
        told = await _done(context, verb, arguments)
        if told.values["percent"] != last:
            last = told.values["percent"]
            await context.session.report_progress(last, 100, shown(told.values["state"]))
        if not is_going_on(told.values) or time.monotonic() >= end:
            return told
        await anyio.sleep(max(0.0, min(_LOOK_SECONDS, end - time.monotonic())))


def _described(verb: Verb) -> Tool:
    return Tool(
        name=verb.name,
        title=shown(verb.title),
        description=shown(verb.help),
        input_schema=shown(verb.schema()),
        annotations=ToolAnnotations(read_only_hint=not verb.changes, destructive_hint=False, open_world_hint=False),
    )


def _answer(told: Told) -> CallToolResult:
    values = shown(told.values)
    content: list[ContentBlock] = [TextContent(type="text", text=json_text(values))]
    if told.picture is not None:
        import base64

        data = base64.b64encode(told.picture).decode("ascii")
        content.append(ImageContent(type="image", data=data, mime_type="image/jpeg"))
    return CallToolResult(content=content, structured_content=values)


def _refused(error: VideoAiError) -> CallToolResult:
    found = shown(error.to_dict())
    text = f"{found['error']['message']} {found['error']['hint']}".strip()
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=found, is_error=True)

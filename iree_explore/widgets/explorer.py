# Copyright 2026 The iree_explore Authors
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`Explorer`: few traits, requests with answers, and pushes while compiling.

The messages are those of docs/recording.md. Handlers read frozen records and may run on any thread
(Jupyter's subshells call them while a cell runs); what takes long runs on a thread of its own.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from iree_explore.errors import Error, ModelError
from iree_explore.recording import load
from iree_explore.recording.files import to_bytes
from iree_explore.recording.model import Recording
from iree_explore.recording.page_program import page_run
from iree_explore.recording.recorder import Mark
from iree_explore.recording.schema import encode, plain
from iree_explore.widgets import bundle, edit_requests, static_html
from iree_explore.widgets.numerics_view import NumericsJobs

if TYPE_CHECKING:
    from iree_explore.session import Session

TRAIT_NBYTES = 5_000_000
"""A recording larger than this (compressed) is sent on request instead of as a trait."""

_PUSH_VERSIONS = 20_000
"""A delta with more op versions than this is not pushed: the page asks for everything."""


class Explorer(anywidget.AnyWidget):
    """The explorer on a session (live), a recording, or the path of a saved recording.

    Traits `step`, `compare`, `selection`, `theme`, `phase`, `sizes`, `symbol` and `propagation` are
    shared with the page: `observe` and `link` them as with any ipywidget.
    """

    view = traitlets.Unicode("explorer").tag(sync=True)
    recording = traitlets.Bytes(b"").tag(sync=True)
    step = traitlets.Int(-1).tag(sync=True)
    compare = traitlets.Int(-1).tag(sync=True)
    selection = traitlets.List(traitlets.Int()).tag(sync=True)
    theme = traitlets.Enum(("auto", "light", "dark"), "auto").tag(sync=True)
    phase = traitlets.Unicode("").tag(sync=True)
    stage = traitlets.Unicode("")
    """The phase that `step` belongs to; setting it goes to that phase's end."""
    shown_run = traitlets.Int(-1).tag(sync=True)
    """The run whose times are shown (-1: the newest), by its place in the recording."""
    pinned = traitlets.List(traitlets.Int()).tag(sync=True)
    """The runs that the shown one is compared with."""
    sizes = traitlets.Dict(key_trait=traitlets.Unicode(), value_trait=traitlets.Int(min=0)).tag(
        sync=True
    )
    """Sizes chosen for symbols (`{"batch": 32}`); the others have those of the sample inputs."""
    symbol = traitlets.Unicode("").tag(sync=True)
    """The symbol that is lit everywhere."""
    propagation = traitlets.Int(-1).tag(sync=True)
    """The step of the shape inference that is shown, -1: its end."""
    coverage = traitlets.Bytes(b"").tag(sync=True)
    """The coverage of the model (gzip JSON) once it was asked for."""

    def __init__(self, source: Session | Recording | str | os.PathLike[str], **traits: Any) -> None:
        self._live = None if isinstance(source, Recording | str | os.PathLike) else source
        if isinstance(source, str | os.PathLike):
            source = load(source)
        self._recorded = source if isinstance(source, Recording) else None
        self._pushing = threading.Lock()
        self._covering = threading.Lock()
        self._cancel_coverage = threading.Event()
        self._following: Callable[[], None] | None = None
        self._numerics = NumericsJobs(self.send)
        self._esm = bundle.read(bundle.ESM)
        self._css = bundle.read(bundle.CSS) + static_html.HIDE_WHEN_LIVE
        self._mark = self._set_at = Mark()
        super().__init__(recording=self._small_bytes(), **traits)
        self._step_moved() if not traits.get("stage") else None
        self.on_msg(_Weak(self, "_answer"))
        if hasattr(self.comm, "_reply_subshell_for"):
            # ipykernel 7.4 hands a page's messages to the shell that last sent on the comm, the
            # one that runs cells; the page asks for a subshell so as not to wait for them.
            self.comm._reply_subshell_for = _the_shell_asked_for  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]
        if self._live is not None:
            self._follow(self._live)
            if self._live.done:  # it may have ended just before
                self._advanced()

    @traitlets.observe("step")
    def _step_moved(self, _change: object = None) -> None:
        self.stage = self._stage_of(self.step)

    @traitlets.validate("stage")
    def _stage_known(self, proposal: Any) -> str:
        name = proposal["value"]
        known = [p.name for p in self.records.phases if p.step >= 0]
        # While it compiles, the last step is of a phase that has not ended.
        if name and name not in (*known, self._stage_of(self.step)):
            raise ModelError(
                "IX304", f"the recording has no stage {name!r}",
                because=f"those that were reached are {', '.join(known)}",
            )  # fmt: skip
        return name

    @traitlets.observe("stage")
    def _stage_chosen(self, change: Any) -> None:
        if change["new"] and change["new"] != self._stage_of(self.step):
            self.step = self.records.step_of(change["new"])

    def _stage_of(self, step: int) -> str:
        records = self.records
        if not records.steps:
            return ""
        return records.phases[records.steps[max(-1, min(step, records.last_step))].phase].name

    # -- what the page gets

    @property
    def records(self) -> Recording:
        """The recording as it is now."""
        if self._live is not None:
            return self._live.recording
        assert self._recorded is not None
        return self._recorded

    def _bytes(self) -> bytes:
        """The file form of all there is; pushes go on from there."""
        if self._live is None:
            return to_bytes(self.records, level=4)
        with self._live.recorder.lock:
            self._mark = self._live.recorder.mark()
            records = self._live.recording
        return to_bytes(records, level=4)

    def _small_bytes(self) -> bytes:
        data = self._bytes()
        self._set_at = self._mark
        return data if len(data) <= TRAIT_NBYTES else b""

    def _advanced(self) -> None:
        """The recording grew: pushes what is new; at the end sets the trait for views to come."""
        assert self._live is not None
        with self._pushing:
            self._push()
            if self.step < 0:
                self._step_moved()
            if self._live.done and self._mark != self._set_at:
                self.recording = self._small_bytes()

    def _push(self) -> None:
        assert self._live is not None
        if self._mark == self._live.recorder.mark():
            return
        start = self._mark.steps
        part, deaths, self._mark = self._live.recorder.delta(self._mark)
        if len(part.versions) > _PUSH_VERSIONS:
            self.send({"push": "append", "from": -1, "delta": {}})
            return
        delta = encode(part)
        self.send({"push": "append", "from": start, "delta": {**delta, "deaths": deaths}})

    # -- what the page asks

    def _answer(self, _widget: object, content: Any, buffers: object) -> None:
        if not isinstance(content, dict) or "method" not in content:
            return
        method, number = content["method"], content.get("id")
        params = content.get("params")
        params = {**params, "buffers": buffers} if isinstance(params, dict) else {}
        handler = _METHODS.get(method) if isinstance(method, str) else None
        if handler is None:
            self._refuse(number, ModelError("IX501", f"unknown request {str(method)[:40]!r}"))
        elif handler in _SLOW:
            threading.Thread(
                target=self._call, args=(handler, number, params), name=f"iree-explore {method}",
                daemon=True,
            ).start()  # fmt: skip
        else:
            self._call(handler, number, params)

    def _call(self, handler: _Handler, number: object, params: dict[str, Any]) -> None:
        try:
            result, buffers = handler(self, params)
        except Error as error:
            self._refuse(number, error)
        except Exception as raised:  # noqa: BLE001 - the page gets it as its answer
            self._refuse(number, raised)
        else:
            self.send({"id": number, "result": result}, buffers)

    def _refuse(self, number: object, raised: Exception) -> None:
        code = raised.code if isinstance(raised, Error) else type(raised).__name__
        self.send({"id": number, "error": {"code": code, "text": str(raised)}})

    def _send_recording(self, _params: dict[str, Any]) -> _Answer:
        with self._pushing:
            return {"bytes": 0}, [self._bytes()]

    def _run(self, params: dict[str, Any]) -> _Answer:
        session = self._session()
        repetitions = params.get("repetitions") or 20
        if not isinstance(repetitions, int) or not 1 <= repetitions <= 100_000:
            raise ModelError("IX301", f"repetitions is {str(repetitions)[:40]}, not 1 to 100000")
        device, target = params.get("device") or None, params.get("target") or None
        return plain(session.run(device=device, repetitions=repetitions, target=target)), []

    def _program(self, _params: dict[str, Any]) -> _Answer:
        page = self._session().page_program()
        return {"bytes": [0, 1]}, [page.to_bytes(), page.blob]

    def _page_run(self, params: dict[str, Any]) -> _Answer:
        """A run that the page made: its record, and its results as buffers."""
        session = self._session()
        page, buffers = session.page_program(), params.get("buffers") or []
        run = page_run(params.get("run"))
        if len(buffers) != len(page.program.results):
            raise ModelError("IX501", f"the page sent {len(buffers)} results")
        found = [page.result_of(i, bytes(data)) for i, data in enumerate(buffers)]
        session.page_ran(run, found)
        return {}, []

    def _cancel(self, _params: dict[str, Any]) -> _Answer:
        self._session().cancel()
        return {}, []

    def _cover(self, _params: dict[str, Any]) -> _Answer:
        from iree_explore.widgets import coverage_view

        session = self._session()
        with self._covering:
            self._cancel_coverage.clear()
            found = coverage_view.execute(session, self.send, self._cancel_coverage)
            self.coverage = coverage_view.packed(found)
        return {"rows": len(found.rows)}, []

    def _stop_cover(self, _params: dict[str, Any]) -> _Answer:
        self._cancel_coverage.set()
        return {}, []

    def _check(self, params: dict[str, Any]) -> _Answer:
        return self._numerics.check(self._session(), params), []

    def _find_wrong(self, _params: dict[str, Any]) -> _Answer:
        return self._numerics.find(self._session()), []

    def _rewrites(self, params: dict[str, Any]) -> _Answer:
        step = params.get("step")
        if not isinstance(step, int):
            raise ModelError("IX501", "rewrites needs a step")
        self._session().rewrites(step)
        return {}, []

    def _stop_check(self, _params: dict[str, Any]) -> _Answer:
        self._numerics.stop()
        return {}, []

    def _show_branch(self, params: dict[str, Any]) -> _Answer:
        """Another branch of the session takes the place of this one."""
        name = params.get("name")
        self.show_branch(name if isinstance(name, str) else "")
        return {}, []

    def show_branch(self, name: str) -> None:
        """Shows the branch `name` of the session. Raises `ModelError` IX216 if there is none."""
        session = self._session().branches[name]
        with self._pushing:
            if self._following is not None:
                self._following()
            self._live = session
            self._follow(session)
            self._mark = self._set_at = Mark()
        self.send({"push": "append", "from": -1, "delta": {}})
        if session.done:
            self._advanced()

    def _follow(self, session: Session) -> None:
        self._following = session.listen(_Weak(self, "_advanced"))
        weakref.finalize(self, self._following)

    def _devices(self, _params: dict[str, Any]) -> _Answer:
        return plain(list(self.records.devices)), []

    def _reveal(self, params: dict[str, Any]) -> _Answer:
        from iree_explore.recording import trace

        op = params.get("op")
        if not isinstance(op, int):
            raise ModelError("IX501", "reveal needs the id of an op")
        found = trace.trace(self.records, op)
        return {"ancestors": found.ancestors, "descendants": found.descendants}, []

    def _session(self) -> Session:
        if self._live is None:
            raise ModelError(
                "IX402", "this is a saved recording: nothing of it is compiled here",
                hint="ie.explore(model) compiles and runs",
            )  # fmt: skip
        return self._live

    # -- showing

    def __repr__(self) -> str:
        return static_html.summary(self.records)

    def _repr_mimebundle_(self, **_options: Any) -> Any:
        bundled = super()._repr_mimebundle_()
        data = dict(bundled[0] if isinstance(bundled, tuple) else bundled or {})
        records = self.records
        data["text/plain"] = static_html.summary(records)
        data["text/html"] = static_html.page_part(records)
        return (data, bundled[1]) if isinstance(bundled, tuple) else data

    def to_html(self, path: str | os.PathLike[str], gpu: bool = False) -> None:
        """Writes what is shown as one file, opened at this view, step and selection; with `gpu` the
        page of a session runs the model (`Session.to_html`)."""
        from iree_explore.widgets.html import write_html

        names = ("view", "step", "compare", "theme", "phase", "symbol", "propagation", "shown_run")
        state = {name: getattr(self, name) for name in names}
        state |= {"selection": list(self.selection), "sizes": dict(self.sizes)}
        state["pinned"] = list(self.pinned)
        page = self._live.page_program() if gpu and self._live is not None else None
        write_html(path, self.records, page, None, self.coverage, **state)


_Answer = tuple[Any, list[bytes]]
_Handler = Callable[[Explorer, dict[str, Any]], _Answer]


def _of_session(call: Callable[[Session, dict[str, Any]], Any]) -> _Handler:
    """The handler that answers with what `call` says of the session."""
    return lambda explorer, params: (call(explorer._session(), params), [])


_EDITS: dict[str, _Handler] = {
    "branches": _of_session(lambda session, _: edit_requests.tree(session)),
    "edit_text": _of_session(edit_requests.text),
    "check_edit": _of_session(edit_requests.check),
    "branch": _of_session(edit_requests.branch),
    "compare_branches": _of_session(edit_requests.compare),
    "user_passes": _of_session(lambda session, _: edit_requests.passes(session)),
}

_METHODS: dict[str, _Handler] = {
    "recording": Explorer._send_recording,
    "run": Explorer._run,
    "program": Explorer._program,
    "page_run": Explorer._page_run,
    "cancel": Explorer._cancel,
    "coverage": Explorer._cover,
    "cancel_coverage": Explorer._stop_cover,
    "check": Explorer._check,
    "find_wrong": Explorer._find_wrong,
    "cancel_check": Explorer._stop_check,
    "rewrites": Explorer._rewrites,
    "devices": Explorer._devices,
    "reveal": Explorer._reveal,
    "show_branch": Explorer._show_branch,
    **_EDITS,
}
_SLOW = (
    Explorer._run, Explorer._send_recording, Explorer._cover, Explorer._program, Explorer._check,
    Explorer._find_wrong, Explorer._rewrites, *_EDITS.values(),
)  # fmt: skip


def _the_shell_asked_for(_data: object, subshell: str | None) -> str | None:
    return subshell


class _Weak:
    """A bound method that does not keep its widget alive."""

    def __init__(self, widget: Explorer, name: str) -> None:
        self._widget = weakref.ref(widget)
        self._name = name

    def __call__(self, *arguments: Any) -> None:
        widget = self._widget()
        if widget is not None:
            getattr(widget, self._name)(*arguments)

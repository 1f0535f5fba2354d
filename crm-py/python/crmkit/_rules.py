"""The configuration, and the rules that are computed from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from crmkit import _native
from crmkit._business_time import BusinessTimeRules
from crmkit._customer_rules import CustomerRules
from crmkit._evaluated import Evaluated, Routed
from crmkit._revenue_rules import RevenueRules
from crmkit._scored import ArrowStreamExportable, Lang, Scored
from crmkit._stream import ScoreStream
from crmkit._tables import names, stream
from crmkit._values import Fields, encode, instant


class Rules(RevenueRules, BusinessTimeRules, CustomerRules):
    """A checked and compiled configuration. Any number of threads may use it at the same time.

    Without a configuration, the standard lead score: ``Rules()``. With one, as a mapping or as JSON text:
    ``Rules({"lead_score": {...}, "custom": {"lead": [{"name": "needs_permit", "type": "boolean"}]}})``.
    """

    def __init__(self, config: Mapping[str, Any] | str | bytes | None = None) -> None:
        if config is None:
            document = b""
        elif isinstance(config, bytes):
            # Empty text is no configuration; the native module says what is wrong with it.
            document = config or b" "
        elif isinstance(config, str):
            document = config.encode("utf-8", "surrogatepass") or b" "
        elif isinstance(config, Mapping):
            document = encode(config)
        else:
            raise TypeError(f"a configuration is a mapping or JSON text, not a {type(config).__name__}")
        self._native = _native.Rules(document)
        self._fields = Fields(self._native.field_types())

    def score_leads(
        self,
        table: ArrowStreamExportable | Mapping[str, Sequence[Any]],
        *,
        at: datetime | str,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        currency: str | None = None,
        zone: str | None = None,
        keep: Literal["all", "none"] | Sequence[str] = "all",
        reasons: str = "all",
        columns: Sequence[str] | None = None,
        threads: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> Scored:
        """Scores a table of leads as of `at`.

        `table` is anything that offers ``__arrow_c_stream__``, or a mapping of lists. Its columns feed the fields of
        their name; `map` gives others, ``{"Société": "company"}``. Amounts without a column ``<field>_currency`` need
        `currency`, times without offset need `zone` (an IANA name). A cell that cannot be read is listed in its row's
        ``diagnostics``; the row has its score all the same.

        `keep` says which columns stay, `columns` which columns of the result come after them: any of ``score``,
        ``band``, ``grade``, ``fit``, ``engagement``, ``coverage_bp``, ``reasons`` (texts; a default only with `lang`),
        ``reason_codes``, ``reason_ids``, ``reason_points_milli``, ``next_change_at`` and ``diagnostics``. `reasons` says
        how many a row gets: ``"all"``, ``"none"`` or for example ``"top3"``.

        `threads` never changes the result. `progress` is called between batches with the rows done so far, from
        the calling thread; an exception in it stops the run and comes out as it is, and so does Ctrl-C.
        """
        options = _options(at, lang, map, currency, zone, keep, reasons, columns, threads, progress)
        return Scored(self._native.score_table(stream(table), options, progress), self._fields, lang)

    def score_stream(
        self,
        table: ArrowStreamExportable | Mapping[str, Sequence[Any]],
        *,
        at: datetime | str,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        currency: str | None = None,
        zone: str | None = None,
        keep: Literal["all", "none"] | Sequence[str] = "all",
        reasons: str = "all",
        columns: Sequence[str] | None = None,
        threads: int = 1,
        progress: Callable[[int], object] | None = None,
    ) -> ScoreStream:
        """The same for a table larger than memory: it is read and scored while somebody reads the result, once.

            reader = pyarrow.RecordBatchReader.from_stream(rules.score_stream(source, at=at))
            for batch in reader: ...

        Options are those of `score_leads`. `progress` is called from whichever thread reads the result.
        """
        options = _options(at, lang, map, currency, zone, keep, reasons, columns, threads, progress)
        return ScoreStream(self._native.score_stream(stream(table), options, progress), self._fields, lang)

    def identity_keys(
        self,
        table: ArrowStreamExportable | Mapping[str, Sequence[Any]],
        *,
        columns: Sequence[str] | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        keep: Literal["all", "none"] | Sequence[str] = "all",
        lang: Lang | None = None,
        threads: int = 1,
    ) -> Evaluated:
        """The keys of a table of leads: what is the same however it was written, and null where there is none.

            rules.identity_keys(df, columns=["email_key", "dedupe_key"])

        `columns` are any of ``email_key``, ``email_domain``, ``phone_key``, ``mobile_key``, ``company_key``,
        ``name_key``, ``registration_key``, ``dedupe_key``, ``dedupe_kind`` and ``diagnostics`` (cells that could not be
        read); without it all of them. What no asked key is made of is not looked at. `table`, `map` and `keep` are as in
        `score_leads`; `threads` never changes the result.
        """
        wanted = columns if columns is None or isinstance(columns, str) else list(columns)
        options = {"columns": wanted, "map": map, "keep": names(keep), "lang": lang, "threads": threads}
        return Evaluated(self._native.eval_table("identity", stream(table), encode(options)))

    def duplicate_groups(
        self,
        table: ArrowStreamExportable | Mapping[str, Sequence[Any]],
        *,
        by: str | Sequence[str] | Mapping[str, str | Sequence[str]] = "dedupe",
        map: Mapping[str, str] | None = None,  # noqa: A002
        keep: Literal["all", "none"] | Sequence[str] = "all",
        threads: int = 1,
    ) -> Evaluated:
        """Which rows of a table of leads belong together because they share a key.

            rules.duplicate_groups(df, by="any")
            rules.duplicate_groups(df, by={"person": "any", "company": ["company_key", "email_domain"]})

        Adds ``group``, a number counted from 0 in the order of the groups' first rows, and ``group_size``; both are null
        for a row without any key, which belongs to nobody. `by` is ``"email"``, ``"phone"`` (the phone's, the mobile's
        or any other number), ``"name_company"``, ``"dedupe"`` (the first of these three that a row has), ``"any"`` (any
        of them, and who shares one with somebody who shares another), or a list of keys of `identity_keys` that must
        all be known and the same. Several by name give ``<name>_group`` and ``<name>_size``. ``answer`` counts groups
        and rows.
        """
        several = {name: names(one) for name, one in by.items()} if isinstance(by, Mapping) else names(by)
        options = {"by": several, "map": map, "keep": names(keep), "threads": threads}
        return Evaluated(self._native.eval_table("duplicates", stream(table), encode(options)))

    def route(
        self,
        table: ArrowStreamExportable | Mapping[str, Sequence[Any]],
        *,
        at: datetime | str,
        state: Mapping[str, Any] | None = None,
        force: bool = False,
        account_owner: str | None = None,
        columns: Sequence[str] | None = None,
        lang: Lang | None = None,
        map: Mapping[str, str] | None = None,  # noqa: A002
        currency: str | None = None,
        zone: str | None = None,
        keep: Literal["all", "none"] | Sequence[str] = "all",
        threads: int = 1,
    ) -> Routed:
        """Who gets which lead of a table, and why: row after row, exactly as if each lead came alone at `at`.

            routed = rules.route(df, at=at, state=state, lang="fr")
            state = routed.state

        `state` is what routing remembers (turns, open leads, recent assignments): that of the last table, and nothing
        the first time. Leads that have an owner are left alone unless `force` is set; `account_owner` names the column
        of the owners of the accounts that leads belong to.

        `columns` are any of ``outcome``, ``user``, ``queue``, ``rule``, ``strategy``, ``fallback``, ``accept_by``,
        ``reason_codes``, ``reasons`` (sentences; a default only with `lang`), ``matched_rule`` and ``diagnostics``.
        ``matched_rule`` is the place in `Routed.rules` of the first rule that applies, whether or not it finds somebody;
        alone it needs no state and uses `threads`. The other options are as in `score_leads`.
        """
        wanted = columns if columns is None or isinstance(columns, str) else list(columns)
        options = {
            "at": instant(at),
            "state": state,
            "force": force,
            "account_owner": account_owner,
            "columns": wanted,
            "lang": lang,
            "map": map,
            "currency": currency,
            "zone": zone,
            "keep": names(keep),
            "threads": threads,
        }
        return Routed(self._native.eval_table("routing", stream(table), encode(options)))

    def eval(self, rule: str, input: Mapping[str, Any]) -> dict[str, Any]:  # noqa: A002
        """Evaluates a rule: ``rules.eval("lead_score", {"lead": {...}, "at": ..., "lang": "fr"})``.

        Of leads: ``conversion``, ``duplicates``, ``enrichment``, ``identity``, ``lead_gaps``, ``lead_score``,
        ``merge``, ``routing`` and ``routing_lint``. Of deals and money: ``allocate``, ``bands``, ``convert``,
        ``deal_risk``, ``fiscal``, ``forecast``, ``pipeline``, ``quote`` (totals, what changed, the discount that
        reaches a total, mentions that are missing), ``report``, ``waterfall`` and ``window``. Of customers:
        ``attribution`` (where touches came from, and what each had to do with a deal), ``health`` (scores, what
        changed them, backtests), ``playbook`` (days, plans, what moves), ``retention`` (how recurring revenue moved
        and how much of it stayed), ``segment`` (who belongs to one, and why) and ``subscription`` (terms, notices,
        recurring revenue, risk). Of support and daily work: ``assignment`` (who may get a piece of work),
        ``availability`` (working time less leave), ``attachment``, ``calendar`` (business time), ``inbox``, ``sla``
        (clocks, alerts, what a change would move), ``task`` (bands, orders, recurrences) and ``template``. Of
        messages: ``approval`` (who has to say yes, what becomes of a draft, what may leave), ``consent`` (may a person
        be contacted, with the law that says so), ``next_action`` (what to do next, and why), ``reply`` (what a message
        that came in is), ``sequence`` (sending times, enrolments, steps) and ``starters`` (templates and a sequence to
        begin with). Of all: ``access`` (who may, and why), ``audit``, ``csv_cell`` and ``filter``.

            rules.eval("sla", {"asks": [{"ask": "timeline", "at": at, "events": [...]}], "lang": "fr"})
            rules.eval("health", {"op": "score", "at": at, "model": "large", "facts": {"tickets_open": 2}, "lang": "fr"})
            rows = [{"at": at, "facts": {"tickets_open": 2}, "outcome": "left"}, ...]
            rules.eval("health", {"op": "backtest", "good": "stayed", "rows": rows})
        """
        answer: dict[str, Any] = json.loads(self._native.eval_json(rule, encode(input)))
        return self._fields.score(answer) if rule == "lead_score" else answer

    def eval_json(self, rule: str, text: str | bytes) -> str:
        """The same with JSON text in and canonical JSON text out: the same bytes from Rust, Python and C."""
        document = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        return self._native.eval_json(rule, document)

    def __reduce__(self) -> str:
        raise TypeError("Rules are not pickled: make them again from their configuration")


def _options(
    at: datetime | str,
    lang: str | None,
    map: Mapping[str, str] | None,  # noqa: A002
    currency: str | None,
    zone: str | None,
    keep: str | Sequence[str],
    reasons: str,
    columns: Sequence[str] | None,
    threads: int,
    progress: Callable[[int], object] | None,
) -> bytes:
    """The options of both ways to score, as the native module reads them."""
    if progress is not None and not callable(progress):
        raise TypeError(f"`progress` is a {type(progress).__name__}: expected a function of the rows done so far")
    return encode(
        {
            "at": instant(at),
            "lang": lang,
            "map": map,
            "currency": currency,
            "zone": zone,
            "keep": names(keep),
            "reasons": reasons,
            "columns": columns if columns is None or isinstance(columns, str) else list(columns),
            "threads": threads,
        }
    )
